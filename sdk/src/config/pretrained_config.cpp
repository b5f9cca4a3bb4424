#include "modelhost/config/pretrained_config.h"

#include <array>

#include "modelhost/base/error_codes.h"

namespace modelhost {
namespace {

// Defaults of transformers' PretrainedConfig that no field of ours covers. A key with just this value is not
// written.
const Json& untyped_defaults() {
  static const Json* defaults = new Json(Json::parse(R"({
    "bad_words_ids": null, "begin_suppress_tokens": null, "diversity_penalty": 0.0, "do_sample": false,
    "early_stopping": false, "encoder_no_repeat_ngram_size": 0, "exponential_decay_length_penalty": null,
    "forced_bos_token_id": null, "forced_eos_token_id": null, "length_penalty": 1.0, "max_length": 20,
    "min_length": 0, "no_repeat_ngram_size": 0, "num_beam_groups": 1, "num_beams": 1, "num_return_sequences": 1,
    "output_scores": false, "remove_invalid_values": false, "repetition_penalty": 1.0,
    "return_dict_in_generate": false, "suppress_tokens": null, "task_specific_params": null, "temperature": 1.0,
    "tf_legacy_loss": false, "top_k": 50, "top_p": 1.0, "torchscript": false, "typical_p": 1.0,
    "use_bfloat16": false})"));
  return *defaults;
}

// Keys that describe the writing program or the place a model came from, never the model.
constexpr std::array kNotWritten{"_name_or_path",
                                 "_commit_hash",
                                 "_attn_implementation_internal",
                                 "_auto_class",
                                 "_attn_implementation",
                                 "attn_implementation",
                                 "base_model_tp_plan",
                                 "base_model_pp_plan",
                                 "torch_dtype",
                                 "transformers_version",
                                 "num_labels"};

std::string without_torch_prefix(const std::string& dtype) {
  return dtype.starts_with("torch.") ? dtype.substr(6) : dtype;
}

// The file's keys under the names that the fields have. Of a field's two names in one file the alias counts,
// as in transformers, which sets it after the constructor has run.
Json with_field_names(const Json& object, const PretrainedConfig& config) {
  Json renamed = object;
  auto take = [&renamed](const std::string& name) {
    Json value = std::move(renamed[name]);
    renamed.erase(name);
    return value;
  };
  for (const auto& [alias, field] : config.attribute_map()) {
    if (renamed.contains(alias)) renamed[field] = take(alias);
  }
  if (renamed.contains("torch_dtype")) {
    Json dtype = take("torch_dtype");
    if (!renamed.contains("dtype")) renamed["dtype"] = std::move(dtype);
  }
  return renamed;
}

// The name that the file has for a field.
std::string name_in_file(const Json& object, const PretrainedConfig& config, const std::string& field) {
  for (const auto& [alias, name] : config.attribute_map()) {
    if (name == field && object.contains(alias)) return alias;
  }
  return field;
}

// Every field and its value.
Json write_fields(const PretrainedConfig& config) {
  Json object = Json::object();
  auto writer = ConfigFields::writer(object);
  const_cast<PretrainedConfig&>(config).fields(writer);  // a writer only reads the fields
  return object;
}

void read_num_labels(const Json& object, const std::string& file, PretrainedConfig& config) {
  const auto it = object.find("num_labels");
  if (it == object.end() || it->is_null()) return;
  int64_t count = 0;
  auto reader = ConfigFields::reader(object, file);
  reader("num_labels", count, limits::kLabels);
  if (!object.contains("id2label") || object["id2label"].is_null()) config.set_num_labels(count);
}

std::string indented(const std::string& text) {
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

// An object whose keys are integers, sorted as such; JSON text has only string keys.
std::string dump_by_number(const Json& object) {
  std::map<int64_t, const Json*> sorted;
  for (const auto& [key, value] : object.items()) sorted[std::stoll(key)] = &value;
  std::string text;
  for (const auto& [key, value] : sorted) {
    text += text.empty() ? "\n  " : ",\n  ";
    text += '"' + std::to_string(key) + "\": " + indented(dump_json_like_python(*value));
  }
  return text.empty() ? "{}" : "{" + text + "\n}";
}

std::string dump_config(const Json& config) {
  std::string text;
  for (const auto& [key, value] : config.items()) {
    const bool by_number = (key == "id2label" || key == "pruned_heads") && value.is_object();
    text += text.empty() ? "\n  " : ",\n  ";
    text += Json(key).dump(-1, ' ', true) + ": ";
    text += indented(by_number ? dump_by_number(value) : dump_json_like_python(value));
  }
  return text.empty() ? "{}" : "{" + text + "\n}";
}

}  // namespace

PretrainedConfig::~PretrainedConfig() = default;

void PretrainedConfig::fields(ConfigFields& f) {
  f("architectures", architectures);
  f("dtype", dtype);
  f("output_hidden_states", output_hidden_states);
  f("output_attentions", output_attentions);
  f("return_dict", return_dict);
  f("is_encoder_decoder", is_encoder_decoder);
  f("is_decoder", is_decoder);
  f("add_cross_attention", add_cross_attention);
  f("tie_encoder_decoder", tie_encoder_decoder);
  f("tie_word_embeddings", tie_word_embeddings);
  f("chunk_size_feed_forward", chunk_size_feed_forward, limits::kNonNegative);
  f("cross_attention_hidden_size", cross_attention_hidden_size, limits::kWidth);
  f("pruned_heads", pruned_heads);
  f("id2label", id2label);
  f("label2id", label2id);
  f("problem_type", problem_type,
    {"regression", "single_label_classification", "multi_label_classification"});
  f("finetuning_task", finetuning_task);
  f("tokenizer_class", tokenizer_class);
  f("prefix", prefix);
  f("bos_token_id", bos_token_id);
  f("pad_token_id", pad_token_id);
  f("sep_token_id", sep_token_id);
  f("decoder_start_token_id", decoder_start_token_id);
  f("eos_token_id", eos_token_id);
}

void PretrainedConfig::read(const Json& object, const std::string& file) {
  const Json named = with_field_names(object, *this);
  auto reader = ConfigFields::reader(named, file);
  try {
    fields(reader);
    if (dtype) dtype = without_torch_prefix(*dtype);
    const auto attention = named.find("attn_implementation");
    if (attention != named.end() && *attention == "eager") attn_implementation = "eager";
    const Json written = write_fields(*this);  // before a number in the file makes a hundred thousand labels
    read_num_labels(named, file, *this);
    for (const auto& [key, value] : named.items()) {
      const bool is_field = reader.visited().contains(key);
      const bool is_integer_for_float =
          is_field && value.is_number_integer() && written.at(key).is_number_float();
      if ((!is_field && key != "model_type") || is_integer_for_float) extra[key] = value;
    }
    validate(file);
  } catch (const Error& error) {
    Error named_error = error;
    if (error.file().empty()) named_error.file(file);
    throw named_error.key(name_in_file(object, *this, error.key()));
  }
}

void PretrainedConfig::require(bool holds, std::string_view key, const std::string& expected,
                               const std::string& got) {
  if (holds) return;
  throw Error(codes::kConfigInconsistent, "config values contradict each other")
      .key(std::string(key))
      .expected(expected)
      .got(got);
}

void PretrainedConfig::require_multiple(std::string_view key, int64_t value, std::string_view of_key,
                                        int64_t of) {
  require(value % of == 0 && value >= of, key,
          "a multiple of " + std::string(of_key) + " = " + std::to_string(of), std::to_string(value));
}

void PretrainedConfig::require_padding_id(int64_t vocab_size) const {
  if (!pad_token_id) return;
  require(*pad_token_id < vocab_size && *pad_token_id >= -vocab_size, "pad_token_id",
          "an id below vocab_size = " + std::to_string(vocab_size), std::to_string(*pad_token_id));
}

Json PretrainedConfig::to_dict() const {
  Json object = untyped_defaults();
  object.update(extra);
  object.update(write_fields(*this));
  for (const auto& [key, value] : extra.items()) {
    if (value.is_number_integer() && object[key] == value) object[key] = value;  // 0 where a field says 0.0
  }
  for (const char* key : kNotWritten) object.erase(key);
  if (pruned_heads.empty()) object.erase("pruned_heads");
  object["model_type"] = type();
  object["transformers_version"] = kTransformersVersion;
  return object;
}

Json PretrainedConfig::to_diff_dict() const {
  const Json own = to_dict();
  const Json base_defaults = PretrainedConfig().to_dict();
  const Json class_defaults = make_default()->to_dict();
  Json diff = Json::object();
  for (const auto& [key, value] : own.items()) {
    const auto base = base_defaults.find(key);
    const bool is_base_default = base != base_defaults.end() && *base == value;
    const bool is_class_default = !class_defaults.contains(key) || class_defaults[key] == value;
    if (key == "transformers_version" || !is_base_default || !is_class_default) diff[key] = value;
  }
  return diff;
}

std::string PretrainedConfig::to_json_string() const {
  return dump_config(to_diff_dict()) + "\n";
}

void PretrainedConfig::give_up(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) extra[key] = nullptr;
}

void PretrainedConfig::set(const std::string& name, const Json& value) {
  const Json one = with_field_names(Json{{name, value}}, *this);
  auto reader = ConfigFields::reader(one, "", /*reads_all=*/false);
  fields(reader);
  if (reader.visited().contains(one.begin().key())) return;
  throw Error(codes::kConfigType, "the config has no such field").key(name).expected("a field of the config");
}

void PretrainedConfig::set_num_labels(int64_t count) {
  if (count == num_labels()) return;
  id2label.clear();
  label2id.clear();
  for (int64_t i = 0; i < count; ++i) {
    const std::string& label = id2label.emplace_hint(id2label.end(), i, "LABEL_" + std::to_string(i))->second;
    label2id.emplace(label, i);
  }
}

}  // namespace modelhost
