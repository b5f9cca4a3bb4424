// What generation_config.json says about how a model generates.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modelhost/base/json.h"
#include "modelhost/config/pretrained_config.h"

namespace modelhost {

/// One token id or several; nothing for null.
using TokenIds = std::optional<std::vector<int64_t>>;

/// transformers' `GenerationConfig` as data: fields with names and defaults of transformers 4.57, checks and
/// the file. Any field may be unset, which is null in the file and means that generation chooses; fields that
/// take values of several types are Json. What a file says is written again as it stood there, `1` apart from
/// `1.0`, as long as the field has that value.
class GenerationConfig {
 public:
  /// From a file's object; `file` is for messages. Errors: kConfigType, kConfigRange, kConfigChoice,
  /// kConfigInconsistent (what transformers refuses, too). What it only warns of is in `issues`.
  static GenerationConfig from_json(const Json& object, const std::string& file);

  /// From `model_dir`/generation_config.json; nullopt without that file. Errors: those of read_json_file and
  /// from_json. (transformers passes over a file that is not JSON.)
  static std::optional<GenerationConfig> from_pretrained(const std::filesystem::path& model_dir);

  /// What a model without that file has: values that its config.json states (transformers'
  /// `from_model_config`). Errors: as from_json.
  static GenerationConfig from_model_config(const PretrainedConfig& config);

  /// The value of a name as the file has it; null for names that are not there.
  Json get(std::string_view name) const;
  /// Gives the field `name`, or a name that is no field, a value. Errors: kConfigType. Rules between names
  /// are checked by `validate` and on saving.
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

  // --- How long a text becomes ---
  std::optional<int64_t> max_length = 20;  ///< tokens, those of the prompt included
  std::optional<int64_t> max_new_tokens;   ///< without the prompt; instead of max_length
  std::optional<int64_t> min_length = 0;
  std::optional<int64_t> min_new_tokens;
  Json early_stopping = false;     ///< true, false or "never"
  std::optional<double> max_time;  ///< seconds
  Json stop_strings;               ///< a text or a list of texts

  // --- How it is chosen ---
  std::optional<bool> do_sample = false;
  std::optional<int64_t> num_beams = 1;
  std::optional<int64_t> num_beam_groups = 1;
  std::optional<int64_t> num_return_sequences = 1;
  std::optional<double> penalty_alpha;
  Json dola_layers;  ///< "low", "high" or a list of layers

  // --- The cache of keys and values ---
  std::optional<bool> use_cache = true;
  Json cache_implementation;  ///< a name
  Json cache_config;          ///< an object
  std::optional<bool> return_legacy_cache;
  std::optional<int64_t> prefill_chunk_size;

  // --- What changes the scores of tokens ---
  std::optional<double> temperature = 1.0;
  std::optional<int64_t> top_k = 50;
  std::optional<double> top_p = 1.0;
  std::optional<double> min_p;
  std::optional<double> typical_p = 1.0;
  std::optional<double> epsilon_cutoff = 0.0;
  std::optional<double> eta_cutoff = 0.0;
  std::optional<double> diversity_penalty = 0.0;
  std::optional<double> repetition_penalty = 1.0;
  std::optional<double> encoder_repetition_penalty = 1.0;
  std::optional<double> length_penalty = 1.0;
  std::optional<int64_t> no_repeat_ngram_size = 0;
  std::optional<int64_t> encoder_no_repeat_ngram_size = 0;
  Json bad_words_ids;    ///< a list of lists of ids
  Json force_words_ids;  ///< likewise, or one level deeper
  std::optional<bool> renormalize_logits = false;
  Json constraints;
  TokenIds forced_bos_token_id;
  TokenIds forced_eos_token_id;
  std::optional<bool> remove_invalid_values = false;
  Json exponential_decay_length_penalty;  ///< [start, factor]
  TokenIds suppress_tokens;
  TokenIds begin_suppress_tokens;
  Json sequence_bias;  ///< pairs of ids and a bias
  std::optional<bool> token_healing = false;
  std::optional<double> guidance_scale;
  Json watermarking_config;  ///< an object
  std::optional<bool> low_memory;

  // --- What is returned ---
  std::optional<bool> output_attentions = false;
  std::optional<bool> output_hidden_states = false;
  std::optional<bool> output_scores = false;
  std::optional<bool> output_logits;
  std::optional<bool> return_dict_in_generate = false;

  // --- Special tokens ---
  std::optional<int64_t> pad_token_id;
  TokenIds bos_token_id;
  TokenIds eos_token_id;
  TokenIds decoder_start_token_id;

  // --- Assisted generation ---
  std::optional<bool> is_assistant = false;
  std::optional<int64_t> num_assistant_tokens = 20;
  Json num_assistant_tokens_schedule = "constant";  ///< a name
  std::optional<double> assistant_confidence_threshold = 0.4;
  std::optional<int64_t> prompt_lookup_num_tokens;
  std::optional<int64_t> max_matching_ngram_size;
  std::optional<int64_t> assistant_early_exit;
  std::optional<int64_t> assistant_lookbehind = 10;
  std::optional<int64_t> target_lookbehind = 10;

  // --- Others ---
  std::optional<bool> disable_compile = false;
  std::optional<bool> is_from_model_config = false;  ///< "_from_model_config": nobody wrote a file

  /// Names of the file that no field has, unchanged.
  Json extra = Json::object();

 private:
  Json values() const;  // of all names

  Json read_ = Json::object();  // what fields were given as Json
};

/// Values in `config` that belong into a GenerationConfig: those of its generation keys that are neither null
/// nor the class's default (transformers' `_get_non_default_generation_parameters`).
Json misplaced_generation_values(const PretrainedConfig& config);

}  // namespace modelhost
