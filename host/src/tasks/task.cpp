#include "modelhost/host/tasks/task.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <istream>
#include <utility>

#include "embed_task.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"

namespace modelhost::host {
namespace {

constexpr std::array kTasks = std::to_array<std::pair<const char*, Task>>({{"embed", embed_task}});

std::vector<std::string> read_lines(std::istream& in) {
  std::vector<std::string> lines;
  std::string line;
  while (std::getline(in, line)) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

Task find_task(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& [task, function] : kTasks) {
    if (name == task) return function;
    known.emplace_back(task);
  }
  throw Error(codes::kYamlValue, "there is no such task")
      .key("task")
      .expected(join(known, ", "))
      .got(quote(name));
}

std::vector<std::string> read_texts(const RunConfig& config, std::istream& standard_input) {
  if (!config.input.file) {
    if (!config.input.texts.empty()) return config.input.texts;
    throw Error(codes::kTaskInput, "there is nothing to run the model on")
        .file(config.file.string())
        .key("input")
        .fix("give input.texts or input.file in the config, or --input FILE (- for standard input)");
  }
  const std::filesystem::path& file = *config.input.file;
  std::vector<std::string> lines;
  if (file == "-") {
    lines = read_lines(standard_input);
  } else {
    std::error_code status;
    std::ifstream in(file);
    if (!in || std::filesystem::is_directory(file, status)) {
      throw Error(codes::kFileUnreadable,
                  "file cannot be read: " + std::string(in ? "it is a directory" : std::strerror(errno)))
          .file(file.string());
    }
    lines = read_lines(in);
  }
  if (lines.empty()) {
    throw Error(codes::kTaskInput, "the input has no text").file(file.string()).expected("one text a line");
  }
  return lines;
}

}  // namespace modelhost::host
