#include "modelhost/config/generation_config.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "generation_values.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"
#include "modelhost/files/json_file.h"

namespace modelhost {
namespace {

constexpr const char* kFile = "generation_config.json";
constexpr const char* kVersionKey = "transformers_version";
constexpr const char* kFromModel = "_from_model_config";
constexpr std::array kOutputFlags{"output_attentions", "output_hidden_states", "output_scores",
                                  "output_logits"};

// Arguments of generate() that are no settings.
constexpr std::array kArguments{"logits_processor",         "stopping_criteria",
                                "prefix_allowed_tokens_fn", "synced_gpus",
                                "assistant_model",          "streamer",
                                "negative_prompt_ids",      "use_model_defaults",
                                "compile_config",           "negative_prompt_attention_mask"};
// Never written: they say where a file came from.
constexpr std::array kNotKept{"_commit_hash", "_original_object_hash"};

constexpr std::array kCaches{
    "static",           "offloaded_static",         "sliding_window", "hybrid",       "hybrid_chunked",
    "offloaded_hybrid", "offloaded_hybrid_chunked", "dynamic",        "dynamic_full", "offloaded",
    "quantized"};

void check_kind(const std::string& name, const Json& value, const std::string& file) {
  const GenerationValue* known = find_generation_value(name);
  if (!known || is_of_kind(value, known->field)) return;
  throw Error(codes::kConfigType, "a generation setting has the wrong type")
      .file(file)
      .key(name)
      .expected(std::string(describe_kind(known->field)))
      .got(describe_json(value));
}

// transformers fills what a file leaves out.
Json with_watermarking_defaults(const Json& value) {
  if (!value.is_object() || value.contains("ngram_len")) return value;
  Json full = {{"bias", 2.0},
               {"context_width", 1},
               {"greenlist_ratio", 0.25},
               {"hashing_key", 15485863},
               {"seeding_scheme", "lefthash"}};
  full.update(value);
  return full;
}

bool is_python_true(const Json& value) {
  return value.is_boolean() && value.get<bool>();
}

// Also for a null default: only a stated value that differs counts.
bool is_stated(const Json& values, const char* name) {
  const Json& value = values.at(name);
  return !value.is_null() && value != generation_defaults().at(name);
}

class Rules {
 public:
  Rules(const Json& values, const std::string& file) : values_(values), file_(file) {}

  void check() const {
    for (const char* name : kArguments) {
      if (values_.contains(name))
        throw wrong(codes::kConfigInconsistent, name, "no such setting",
                    "is for generate(), not for its file");
    }
    const Json& stopping = values_["early_stopping"];
    if (!stopping.is_boolean() && stopping != "never")
      throw wrong(codes::kConfigChoice, "early_stopping", "true, false or \"never\"", "is not usable");
    if (const Json& count = values_["max_new_tokens"]; count.is_number() && count.get<int64_t>() <= 0)
      throw wrong(codes::kConfigRange, "max_new_tokens", "more than 0", "is out of range");
    const Json& cache = values_["cache_implementation"];
    const auto is_cache = [&cache](const char* name) { return cache == name; };
    if (!cache.is_null() && std::ranges::none_of(kCaches, is_cache))
      throw wrong(codes::kConfigChoice, "cache_implementation",
                  join(std::vector<std::string>(kCaches.begin(), kCaches.end()), ", "), "is not known");
    check_sequences();
  }

 private:
  Error wrong(const ErrorCode& code, const char* name, const std::string& expected,
              const std::string& what) const {
    return Error(code, "the generation setting " + what)
        .file(file_)
        .key(name)
        .expected(expected)
        .got(describe_json(values_.contains(name) ? values_[name] : Json()));
  }

  void check_sequences() const {
    const Json &count = values_["num_return_sequences"], &beams = values_["num_beams"];
    if (count == 1 || !count.is_number() || !beams.is_number()) return;
    const bool greedy = beams == 1 && values_["do_sample"] == false;
    if (greedy)
      throw wrong(codes::kConfigInconsistent, "num_return_sequences", "1 where nothing is sampled",
                  "is not usable");
    if (beams != 1 && count > beams)
      throw wrong(codes::kConfigInconsistent, "num_return_sequences", "at most num_beams", "is not usable");
  }

  const Json& values_;
  const std::string& file_;
};

void add_unused(const Json& values, std::initializer_list<const char*> names, const std::string& reason,
                std::vector<std::string>& issues) {
  for (const char* name : names) {
    if (is_stated(values, name)) issues.push_back(std::string(name) + " has no effect: " + reason);
  }
}

}  // namespace

GenerationConfig GenerationConfig::from_json(const Json& object, const std::string& file) {
  if (!object.is_object()) {
    throw Error(codes::kConfigType, std::string(kFile) + " must hold an object")
        .file(file)
        .got(describe_json(object));
  }
  GenerationConfig config;
  // A config that was made from a model's takes nothing that it does not know.
  const bool known_only = object.contains(kFromModel) && is_python_true(object[kFromModel]);
  for (const auto& [name, value] : object.items()) {
    const bool dropped = name == kVersionKey || (name == "compile_config" && value.is_null()) ||
                         std::ranges::find(kNotKept, name) != kNotKept.end() ||
                         (known_only && (!find_generation_value(name) || name == "is_assistant"));
    if (dropped) continue;
    check_kind(name, value, file);
    config.set(name, name == "watermarking_config" ? with_watermarking_defaults(value) : value);
  }
  config.validate(file);
  return config;
}

std::optional<GenerationConfig> GenerationConfig::from_pretrained(const std::filesystem::path& model_dir) {
  const std::filesystem::path path = model_dir / kFile;
  std::error_code status;
  if (!std::filesystem::exists(path, status)) return std::nullopt;
  return from_json(read_json_file(path), path.string());
}

GenerationConfig GenerationConfig::from_model_config(const PretrainedConfig& config) {
  Json stated = Json::object();
  const Json all = config.to_dict();
  for (const auto& [name, value] : all.items()) {
    if (!value.is_null() && find_generation_value(name)) stated[name] = value;
  }
  stated[kFromModel] = true;
  GenerationConfig made = from_json(stated, "config.json");
  const auto is_set = [&made](const char* flag) { return is_python_true(made.get(flag)); };
  if (std::ranges::any_of(kOutputFlags, is_set)) made.return_dict_in_generate = true;
  return made;
}

Json GenerationConfig::get(std::string_view name) const {
  const GenerationValue* known = find_generation_value(name);
  if (!known) return extra.contains(name) ? extra[std::string(name)] : Json();
  Json now = field_json(*this, known->field);
  const auto read = read_.find(name);
  if (read == read_.end()) return now;
  GenerationConfig as_read;
  set_field(as_read, known->field, *read);
  return field_json(as_read, known->field) == now ? *read : now;
}

void GenerationConfig::set(const std::string& name, Json value) {
  check_kind(name, value, "");
  const GenerationValue* known = find_generation_value(name);
  if (known) set_field(*this, known->field, value);
  (known ? read_ : extra)[name] = std::move(value);
}

Json GenerationConfig::values() const {
  Json values = extra;
  for (const GenerationValue& value : generation_values()) values[std::string(value.name)] = get(value.name);
  return values;
}

std::vector<std::string> GenerationConfig::issues() const {
  std::vector<std::string> issues;
  const Json values = this->values();
  const Json& pad = values["pad_token_id"];
  if (pad.is_number() && pad.get<int64_t>() < 0) issues.emplace_back("pad_token_id is negative");
  if (values["do_sample"] == false) {
    add_unused(values,
               {"temperature", "top_p", "min_p", "typical_p", "top_k", "epsilon_cutoff", "eta_cutoff"},
               "do_sample is false", issues);
  }
  if (values["num_beams"] == 1) {
    if (values["early_stopping"] != false)
      issues.emplace_back("early_stopping has no effect: num_beams is 1");
    add_unused(values, {"length_penalty"}, "num_beams is 1", issues);
  }
  if (values["use_cache"] == false) {
    add_unused(values, {"cache_implementation", "cache_config", "return_legacy_cache"}, "use_cache is false",
               issues);
  }
  if (is_python_true(values["return_dict_in_generate"])) return issues;
  for (const char* flag : kOutputFlags) {
    if (is_python_true(values[flag]))
      issues.push_back(std::string(flag) + " has no effect: return_dict_in_generate is not true");
  }
  return issues;
}

void GenerationConfig::validate(const std::string& file, bool strict) const {
  const Json values = this->values();
  Rules(values, file).check();
  if (!strict) return;
  const std::vector<std::string> found = issues();
  if (found.empty()) return;
  throw Error(codes::kConfigInconsistent, "generation settings contradict each other")
      .file(file)
      .got(join(found, "; "))
      .fix("unset what has no effect, or set what it needs");
}

Json GenerationConfig::to_dict() const {
  Json object = values();
  object[kVersionKey] = kTransformersVersion;
  return object;
}

Json GenerationConfig::to_diff_dict() const {
  Json diff = Json::object();
  const Json all = to_dict();
  for (const auto& [name, value] : all.items()) {
    const auto found = generation_defaults().find(name);
    if (found == generation_defaults().end() || *found != value) diff[name] = value;
  }
  return diff;
}

std::string GenerationConfig::to_json_string() const {
  return dump_json_like_python(to_diff_dict()) + "\n";
}

Json misplaced_generation_values(const PretrainedConfig& config) {
  Json misplaced = Json::object();
  const Json own = config.to_dict(), defaults = config.make_default()->to_dict();
  for (const std::string_view name : generation_names_in_model_config()) {
    const auto value = own.find(name);
    if (value == own.end() || value->is_null()) continue;
    const auto standard = defaults.find(name);
    if (standard == defaults.end() || *standard != *value) misplaced[std::string(name)] = *value;
  }
  return misplaced;
}

}  // namespace modelhost
