#include "modelhost/host/tasks/sentence_config.h"

#include <algorithm>
#include <array>
#include <utility>

#include "modelhost/base/json.h"
#include "modelhost/base/log.h"
#include "modelhost/files/json_file.h"
#include "modelhost/host/error_codes.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

// In the order in which sentence-transformers concatenates.
constexpr std::array kModes = std::to_array<std::pair<const char*, Pooling>>({
    {"pooling_mode_cls_token", Pooling::kCls},
    {"pooling_mode_max_tokens", Pooling::kMax},
    {"pooling_mode_mean_tokens", Pooling::kMean},
    {"pooling_mode_mean_sqrt_len_tokens", Pooling::kMeanSqrtLen},
    {"pooling_mode_weightedmean_tokens", Pooling::kWeightedMean},
    {"pooling_mode_lasttoken", Pooling::kLastToken},
});

Error file_error(const fs::path& file, const std::string& key, const std::string& expected, const Json& got) {
  return Error(codes::kTaskModel, "the model directory does not fit the task")
      .file(file.string())
      .key(key)
      .expected(expected)
      .got(describe_json(got));
}

bool flag(const Json& object, const char* key, const fs::path& file) {
  const auto it = object.find(key);
  if (it == object.end() || it->is_null()) return false;
  if (!it->is_boolean()) throw file_error(file, key, "true or false", *it);
  return it->get<bool>();
}

Json read_object(const fs::path& file) {
  Json object = read_json_file(file);
  if (!object.is_object()) throw file_error(file, "", "an object", object);
  return object;
}

// A mode that is asked for and not known must not be left out silently.
void check_modes(const Json& object, const fs::path& file) {
  for (const auto& [key, value] : object.items()) {
    const bool known = std::ranges::any_of(kModes, [&](const auto& mode) { return key == mode.first; });
    if (!known && key.starts_with("pooling_mode_") && value.is_boolean() && value.get<bool>())
      throw file_error(file, key, "one of the pooling modes of sentence-transformers", value);
  }
}

std::vector<Pooling> read_pooling(const fs::path& file) {
  const Json object = read_object(file);
  check_modes(object, file);
  std::vector<Pooling> modes;
  for (const auto& [key, mode] : kModes) {
    if (flag(object, key, file)) modes.push_back(mode);
  }
  if (modes.empty()) throw file_error(file, "pooling_mode_…", "one of the pooling modes to be true", object);
  return modes;
}

void read_transformer(const fs::path& file, SentenceConfig& config) {
  std::error_code status;
  if (!fs::exists(file, status)) return;
  const Json object = read_object(file);
  config.do_lower_case = flag(object, "do_lower_case", file);
  const auto length = object.find("max_seq_length");
  if (length == object.end() || length->is_null()) return;
  if (!length->is_number_integer() || length->get<int64_t>() < 1) {
    throw file_error(file, "max_seq_length", "a positive integer", *length);
  }
  config.max_seq_length = length->get<int64_t>();
}

// A module's files lie below the model directory; modules.json may not point elsewhere.
fs::path module_dir(const fs::path& model_dir, const Json& module, const fs::path& file) {
  const auto path = module.find("path");
  const std::string name = path != module.end() && path->is_string() ? path->get<std::string>() : "";
  const fs::path relative = fs::path(name).lexically_normal();
  if (relative.is_absolute() || relative.string().starts_with("..")) {
    throw file_error(file, "path", "a folder inside the model directory", *path);
  }
  return model_dir / relative;
}

std::string module_type(const Json& module, const fs::path& file) {
  const auto type = module.is_object() ? module.find("type") : module.end();
  if (!module.is_object() || type == module.end() || !type->is_string()) {
    throw file_error(file, "type", "every module to be an object with a type", module);
  }
  const std::string name = type->get<std::string>();
  return name.substr(name.rfind('.') + 1);
}

// Transformer, then Pooling, then any number of Normalize: what this host computes, in that order.
void check_order(const std::string& type, std::size_t position, const fs::path& file) {
  const char* expected = position == 0 ? "Transformer" : position == 1 ? "Pooling" : "Normalize";
  if (type == expected) return;
  throw file_error(file, "[" + std::to_string(position) + "].type", expected, type)
      .fix("this arrangement of modules is not supported; use a model of Transformer, Pooling and Normalize");
}

void read_module(const Json& module, std::size_t position, const fs::path& file, SentenceConfig& config) {
  const std::string type = module_type(module, file);
  const fs::path folder = module_dir(file.parent_path(), module, file);
  check_order(type, position, file);
  if (type == "Transformer") {
    read_transformer(folder / "sentence_bert_config.json", config);
  } else if (type == "Pooling") {
    config.pooling = read_pooling(folder / "config.json");
  } else {
    config.normalize = true;
  }
}

}  // namespace

std::optional<Pooling> pooling_from_name(const std::string& name) {
  if (name == "cls") return Pooling::kCls;
  if (name == "max") return Pooling::kMax;
  if (name == "mean") return Pooling::kMean;
  if (name == "mean_sqrt_len") return Pooling::kMeanSqrtLen;
  if (name == "weightedmean") return Pooling::kWeightedMean;
  if (name == "lasttoken") return Pooling::kLastToken;
  return std::nullopt;
}

SentenceConfig read_sentence_config(const fs::path& model_dir) {
  SentenceConfig config;
  const fs::path file = model_dir / "modules.json";
  std::error_code status;
  if (!fs::exists(file, status)) {
    log(LogLevel::kWarning,
        "no modules.json in " + model_dir.string() + ": using mean pooling, not normalised");
    read_transformer(model_dir / "sentence_bert_config.json", config);
    return config;
  }
  const Json modules = read_json_file(file);
  if (!modules.is_array() || modules.empty()) throw file_error(file, "", "a list of modules", modules);
  for (std::size_t i = 0; i < modules.size(); ++i) read_module(modules[i], i, file, config);
  if (modules.size() < 2)
    throw file_error(file, "", "a Transformer and a Pooling module", modules).fix("add the pooling");
  return config;
}

}  // namespace modelhost::host
