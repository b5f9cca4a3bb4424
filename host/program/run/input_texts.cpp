#include "input_texts.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <istream>

#include "modelhost/base/error_codes.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/tokenizers/tokenizer.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

void check_text(const std::string& line, const std::string& file, std::size_t number) {
  try {
    check_utf8(line);
  } catch (Error& error) {
    throw error.file(file).line(static_cast<int64_t>(number));
  }
}

std::vector<std::string> read_lines(std::istream& in, const std::string& file) {
  std::vector<std::string> lines;
  std::string line;
  while (std::getline(in, line)) {
    if (line.ends_with('\r')) line.pop_back();
    if (lines.empty() && line.starts_with(kByteOrderMark)) line.erase(0, kByteOrderMark.size());
    check_text(line, file, lines.size() + 1);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

std::vector<std::string> read_texts(const RunInput& input, const fs::path& config_file,
                                    std::istream& standard_input) {
  if (!input.file) {
    if (!input.texts.empty()) return input.texts;
    throw Error(codes::kTaskInput, "there is nothing to run the model on")
        .file(config_file.string())
        .key("input")
        .fix("give input.texts or input.file in the config, or --input FILE (- for standard input)");
  }
  const fs::path& file = *input.file;
  std::vector<std::string> lines;
  if (file == "-") {
    lines = read_lines(standard_input, "standard input");
  } else {
    std::error_code status;
    std::ifstream in(file);
    if (!in || fs::is_directory(file, status)) {
      throw Error(codes::kFileUnreadable,
                  "file cannot be read: " + std::string(in ? "it is a directory" : std::strerror(errno)))
          .file(file.string());
    }
    lines = read_lines(in, file.string());
  }
  if (lines.empty()) {
    throw Error(codes::kTaskInput, "the input has no text").file(file.string()).expected("one text a line");
  }
  return lines;
}

}  // namespace modelhost::host
