// What generation_config.json says about how a model generates.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modelhost/base/json.h"
#include "modelhost/config/pretrained_config.h"

namespace modelhost {

/// transformers' `GenerationConfig` as data: names, defaults, checks and the file. Values are kept as the
/// JSON they came as, so that a file that is read and written again keeps `1` and `1.0` apart. Any value may
/// be null, which means that generation chooses. Names that transformers does not know are kept and written
/// back.
class GenerationConfig {
 public:
  /// Every name at its default.
  GenerationConfig();

  /// From a file's object; `file` is for messages. Errors: kConfigType, kConfigRange, kConfigChoice,
  /// kConfigInconsistent (what transformers refuses, too). What it only warns of is in `issues`.
  static GenerationConfig from_json(const Json& object, const std::string& file);

  /// From `model_dir`/generation_config.json; nullopt without that file. Errors: those of read_json_file and
  /// from_json. (transformers passes over a file that is not JSON.)
  static std::optional<GenerationConfig> from_pretrained(const std::filesystem::path& model_dir);

  /// What a model without that file has: values that its config.json states (transformers'
  /// `from_model_config`). Errors: as from_json.
  static GenerationConfig from_model_config(const PretrainedConfig& config);

  /// The value of a name; null for names that are not there. E.g. `get("max_length").get<int64_t>()`.
  const Json& get(std::string_view name) const;
  /// Errors: kConfigType, kConfigChoice. Rules between names are checked by `validate` and on saving.
  void set(const std::string& name, Json value);

  /// Settings that have no effect or contradict each other, one sentence each: transformers warns of them on
  /// loading and refuses to save them.
  std::vector<std::string> issues() const;
  /// Errors: kConfigRange, kConfigChoice, kConfigInconsistent; with `strict` also for every issue.
  void validate(const std::string& file, bool strict = false) const;

  Json to_dict() const;
  Json to_diff_dict() const;  ///< what differs from the defaults, and `transformers_version`
  /// The bytes of generation_config.json, as transformers writes them.
  std::string to_json_string() const;

 private:
  Json values_;
};

/// Values in `config` that belong into a GenerationConfig: those of its generation keys that are neither null
/// nor the class's default (transformers' `_get_non_default_generation_parameters`).
Json misplaced_generation_values(const PretrainedConfig& config);

}  // namespace modelhost
