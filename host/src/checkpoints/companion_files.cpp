#include "companion_files.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/json.h"
#include "modelhost/files/file_writer.h"
#include "modelhost/files/mapped_file.h"
#include "modelhost/files/path_inside.h"
#include "modelhost/formats/weights_format.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 4;

class Search {
 public:
  Search(const fs::path& root, const fs::path& not_in)
      : root_(fs::canonical(root)),
        blobs_(root_.parent_path().parent_path() / "blobs"),
        not_in_(fs::weakly_canonical(not_in)) {}

  void walk(const fs::path& below, int depth) {
    std::error_code error;
    for (fs::directory_iterator it(root_ / below, error), end; !error && it != end; it.increment(error)) {
      look_at(below / it->path().filename(), depth);
    }
  }
  CompanionFiles result() {
    std::ranges::sort(found_.files);
    std::ranges::sort(found_.skipped);
    return std::move(found_);
  }

 private:
  void look_at(const fs::path& name, int depth) {
    const fs::path path = root_ / name;
    std::error_code error;
    if (name.filename().string().starts_with(".")) return;
    const fs::path target = fs::is_symlink(path, error) ? fs::weakly_canonical(path, error) : path;
    const auto type = fs::status(path, error).type();
    if (!is_inside(target, root_) && !is_inside(target, blobs_)) {
      skip(name, "a link that leaves the directory");
    } else if (type == fs::file_type::directory) {
      if (path == not_in_) return;
      if (target != path || depth == kMaxDepth) return skip(name, "a linked or deeply nested directory");
      walk(name, depth + 1);
    } else if (type != fs::file_type::regular) {
      skip(name, "no regular file");
    } else if (looks_like_weights(name.filename().string())) {
      skip(name, "weights");
    } else {
      found_.files.push_back(name.string());
    }
  }
  void skip(const fs::path& name, const char* reason) {
    found_.skipped.push_back(name.string() + " (" + reason + ")");
  }

  fs::path root_, blobs_, not_in_;
  CompanionFiles found_;
};

// Configs inside a config (text_config, vision_config) name a dtype of their own.
bool set_dtype(Json& config, const std::string& dtype) {
  bool named = false;
  for (const auto& [key, value] : config.items()) {
    if (key == "dtype" || key == "torch_dtype") {
      config[key] = dtype;
      named = true;
    } else if (value.is_object() && key.ends_with("_config") && key != "quantization_config") {
      set_dtype(config[key], dtype);
    }
  }
  return named;
}

}  // namespace

CompanionFiles find_companion_files(const fs::path& directory, const fs::path& not_in) {
  Search search(directory, not_in);
  search.walk({}, 0);
  return search.result();
}

void copy_content(const fs::path& from, const fs::path& to) {
  const auto file = MappedFile::open(from);
  FileWriter out(to);
  out.write(file->bytes());
  out.finish();
}

CompanionCopy::CompanionCopy(const fs::path& in, const fs::path& out) {
  std::error_code error;
  const bool directory = fs::is_directory(in, error);
  from_ = directory ? in : in.parent_path().empty() ? fs::path(".") : in.parent_path();
  within_one_directory_ = fs::equivalent(from_, out, error) && !error;
  if (within_one_directory_ || (!directory && !fs::exists(from_ / "config.json", error))) return;
  found_ = find_companion_files(from_, out);
}

uint64_t CompanionCopy::bytes() const {
  uint64_t total = 0;
  std::error_code error;
  for (const std::string& name : found_.files) total += fs::file_size(from_ / name, error);
  return total;
}

void CompanionCopy::replace(const std::string& name, std::string text) {
  texts_[name] = std::move(text);
  if (std::ranges::find(found_.files, name) != found_.files.end()) return;
  found_.files.push_back(name);
  std::ranges::sort(found_.files);
}

void CompanionCopy::leave_out(const std::vector<std::string>& names) {
  std::erase_if(found_.files,
                [&names](const std::string& file) { return std::ranges::find(names, file) != names.end(); });
}

void CompanionCopy::write(const fs::path& stage) const {
  std::set<fs::path> folders;
  for (const std::string& name : found_.files) {
    const fs::path to = stage / name;
    std::error_code error;
    fs::create_directories(to.parent_path(), error);
    if (error) throw unwritable(to.parent_path(), error.value());
    const auto text = texts_.find(name);
    text == texts_.end() ? copy_content(from_ / name, to) : write_new_file(to, text->second);
    for (fs::path below = fs::path(name).parent_path(); !below.empty(); below = below.parent_path())
      folders.insert(below);
  }
  for (const fs::path& below : folders) sync_directory(stage / below);
}

std::string config_with_dtype(const std::string& text, const std::string& file, const std::string& dtype) {
  Json config = parse_json(text, file);
  if (!config.is_object()) {
    throw Error(codes::kJsonType, "config.json holds no object").file(file).got(describe_json(config));
  }
  if (!set_dtype(config, dtype)) config["dtype"] = dtype;
  return dump_json_like_python(config) + "\n";
}

}  // namespace modelhost::host
