// What config.json says about a model.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modelhost/base/json.h"
#include "modelhost/config/config_fields.h"

namespace modelhost {

/// The name under which a saved config says that transformers wrote it: the release this SDK follows.
inline constexpr std::string_view kTransformersVersion = "4.57.6";

/// The base of every architecture's config, after transformers' class of the same name. Field names and
/// defaults are those of transformers 4.57; keys that no class knows are kept in `extra` and written back
/// unchanged.
///
/// A derived class declares its fields with their defaults and lists them in `fields()`:
///
///     struct FooConfig : ConfigOf<FooConfig> {
///       static constexpr std::string_view model_type = "foo";
///       int64_t hidden_size = 64;
///       void fields(ConfigFields& f) override {
///         PretrainedConfig::fields(f);
///         f("hidden_size", hidden_size, limits::kWidth);
///       }
///     };
class PretrainedConfig {
 public:
  PretrainedConfig() = default;
  PretrainedConfig(const PretrainedConfig&) = default;
  PretrainedConfig& operator=(const PretrainedConfig&) = default;
  virtual ~PretrainedConfig();

  /// config.json's `model_type`. Empty for the base class, as in transformers.
  virtual std::string_view type() const { return {}; }
  /// A config of the same class with every field at its default; `to_diff_dict` compares with it.
  virtual std::unique_ptr<PretrainedConfig> make_default() const {
    return std::make_unique<PretrainedConfig>();
  }
  /// Visits every field. Overrides call the base's first, and may list a base's field again only with care.
  virtual void fields(ConfigFields& f);
  /// Other names for fields (transformers' `attribute_map`): {alias, field}. Aliases are accepted when
  /// reading.
  virtual std::vector<std::pair<std::string, std::string>> attribute_map() const { return {}; }
  /// The config of the part that reads text: its `vocab_size` and `tie_word_embeddings` are those of the
  /// token embeddings. Another than this one in configs of several models.
  virtual PretrainedConfig& get_text_config() { return *this; }
  /// Checks that concern several fields, or that only the architecture knows. Called after reading; throws
  /// kConfigInconsistent, kConfigChoice. An error that names no file gets `file`.
  virtual void validate(const std::string& file) const { static_cast<void>(file); }

  /// Takes every field from `object` (the content of a config.json). `file` is for messages.
  /// Errors: kConfigType, kConfigRange, kConfigChoice, kConfigInconsistent; the config is then half-read.
  void read(const Json& object, const std::string& file);

  /// Every field and every kept key (transformers' `to_dict`).
  Json to_dict() const;
  /// What config.json holds: fields that differ from the defaults of the base class, and all others
  /// (transformers' `to_diff_dict`).
  Json to_diff_dict() const;
  /// The bytes of config.json, as transformers' `to_json_string` writes them (keys sorted, indent 2,
  /// newline).
  std::string to_json_string() const;

  /// Sets keys to null that transformers moves into the generation config when a model is saved. Only keys
  /// that no field of ours covers.
  void give_up(const std::vector<std::string>& keys);

  /// Gives the field `name` (or the field that `name` is an alias of) a value, as if config.json had said so.
  /// Errors: kConfigType for a name that is no field, those of `read`; the config is then unchanged.
  void set(const std::string& name, const Json& value);

  int64_t num_labels() const { return static_cast<int64_t>(id2label.size()); }
  void set_num_labels(int64_t count);  ///< rebuilds id2label and label2id when the number differs

  std::vector<std::string> architectures;  ///< class names, e.g. {"BertForMaskedLM"}
  std::optional<std::string> dtype;  ///< "float32", "float16", "bfloat16" …; older files call it torch_dtype
  bool output_hidden_states = false;
  bool output_attentions = false;
  bool return_dict = true;
  bool is_encoder_decoder = false;
  bool is_decoder = false;
  bool add_cross_attention = false;
  bool tie_encoder_decoder = false;
  bool tie_word_embeddings = true;
  int64_t chunk_size_feed_forward = 0;
  std::optional<int64_t> cross_attention_hidden_size;
  std::map<int64_t, std::vector<int64_t>> pruned_heads;  ///< layer -> heads
  std::map<int64_t, std::string> id2label = {{0, "LABEL_0"}, {1, "LABEL_1"}};
  std::map<std::string, int64_t> label2id = {{"LABEL_0", 0}, {"LABEL_1", 1}};
  std::optional<std::string> problem_type;
  std::optional<std::string> finetuning_task;
  std::optional<std::string> tokenizer_class;
  std::optional<std::string> prefix;
  std::optional<int64_t> bos_token_id;
  std::optional<int64_t> pad_token_id;
  std::optional<int64_t> sep_token_id;
  std::optional<int64_t> decoder_start_token_id;
  Json eos_token_id;  ///< null, an integer or a list of integers

  /// "eager" or "sdpa": how attention is computed. Not part of config.json (as in transformers).
  std::string attn_implementation = "sdpa";

  /// Keys of config.json that no field covers, unchanged. Also integers that the file has for fields of
  /// floating type: such a field is written as the integer again as long as it has this value.
  Json extra = Json::object();

 protected:
  // For `validate`. Errors: kConfigInconsistent.
  static void require(bool holds, std::string_view key, const std::string& expected, const std::string& got);
  static void require_multiple(std::string_view key, int64_t value, std::string_view of_key, int64_t of);
  void require_padding_id(int64_t vocab_size) const;  ///< pad_token_id is a row, counted from either end
};

/// What every config class says alike: `Derived` has a static member `model_type` and is default
/// constructible.
template <class Derived, class Base = PretrainedConfig>
struct ConfigOf : Base {
  std::string_view type() const override { return Derived::model_type; }
  std::unique_ptr<PretrainedConfig> make_default() const override { return std::make_unique<Derived>(); }
};

/// Reads the JSON object of `model_dir`/config.json, after completing a save that was interrupted there.
/// Errors: kConfigMissing, those of read_json_file, kConfigType, kSaveUnfinished.
Json read_config_json(const std::filesystem::path& model_dir);

}  // namespace modelhost
