#include "companion_files.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/file_writer.h"
#include "modelhost/base/json.h"
#include "modelhost/base/mapped_file.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 4;

bool is_weights_name(std::string_view name) {
  constexpr std::array<std::string_view, 13> kExtensions = {
      ".safetensors", ".bin",    ".pt",   ".pth",  ".h5",  ".msgpack", ".ot",
      ".gguf",        ".tflite", ".ckpt", ".onnx", ".npz", ".mlmodel"};
  const bool index = name.find(".index.") != name.npos && name.ends_with(".json");
  return index || name.starts_with("model.ckpt") ||
         std::ranges::any_of(kExtensions, [name](std::string_view end) { return name.ends_with(end); });
}

bool is_inside(const fs::path& path, const fs::path& directory) {
  return std::ranges::mismatch(path, directory).in2 == directory.end();
}

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
    } else if (is_weights_name(name.filename().string())) {
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

std::string config_with_dtype(const std::string& text, const std::string& file, const std::string& dtype) {
  Json config = parse_json(text, file);
  if (!config.is_object()) {
    throw Error(codes::kJsonType, "config.json holds no object").file(file).got(describe_json(config));
  }
  if (!set_dtype(config, dtype)) config["dtype"] = dtype;
  return dump_json_like_python(config) + "\n";
}

}  // namespace modelhost::host
