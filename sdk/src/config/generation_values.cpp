#include "generation_values.h"

#include <algorithm>
#include <array>
#include <vector>

namespace modelhost {
namespace {

using enum GenerationKind;

constexpr auto kValues = std::to_array<GenerationValue>({
    {"_from_model_config", kBoolean, "false"},
    {"assistant_confidence_threshold", kNumber, "0.4"},
    {"assistant_early_exit", kInteger, "null"},
    {"assistant_lookbehind", kInteger, "10"},
    {"bad_words_ids", kAny, "null", true},
    {"begin_suppress_tokens", kIds, "null", true},
    {"bos_token_id", kIds, "null"},
    {"cache_config", kAny, "null"},
    {"cache_implementation", kAny, "null"},
    {"constraints", kAny, "null"},
    {"decoder_start_token_id", kIds, "null"},
    {"disable_compile", kBoolean, "false"},
    {"diversity_penalty", kNumber, "0.0", true},
    {"do_sample", kBoolean, "false", true},
    {"dola_layers", kAny, "null"},
    {"early_stopping", kAny, "false", true},
    {"encoder_no_repeat_ngram_size", kInteger, "0", true},
    {"encoder_repetition_penalty", kNumber, "1.0"},
    {"eos_token_id", kIds, "null"},
    {"epsilon_cutoff", kNumber, "0.0"},
    {"eta_cutoff", kNumber, "0.0"},
    {"exponential_decay_length_penalty", kAny, "null", true},
    {"force_words_ids", kAny, "null"},
    {"forced_bos_token_id", kIds, "null", true},
    {"forced_eos_token_id", kIds, "null", true},
    {"guidance_scale", kNumber, "null"},
    {"is_assistant", kBoolean, "false"},
    {"length_penalty", kNumber, "1.0", true},
    {"low_memory", kBoolean, "null"},
    {"max_length", kInteger, "20", true},
    {"max_matching_ngram_size", kInteger, "null"},
    {"max_new_tokens", kInteger, "null"},
    {"max_time", kNumber, "null"},
    {"min_length", kInteger, "0", true},
    {"min_new_tokens", kInteger, "null"},
    {"min_p", kNumber, "null"},
    {"no_repeat_ngram_size", kInteger, "0", true},
    {"num_assistant_tokens", kInteger, "20"},
    {"num_assistant_tokens_schedule", kAny, "\"constant\""},
    {"num_beam_groups", kInteger, "1", true},
    {"num_beams", kInteger, "1", true},
    {"num_return_sequences", kInteger, "1", true},
    {"output_attentions", kBoolean, "false"},
    {"output_hidden_states", kBoolean, "false"},
    {"output_logits", kBoolean, "null"},
    {"output_scores", kBoolean, "false", true},
    {"pad_token_id", kInteger, "null"},
    {"penalty_alpha", kNumber, "null"},
    {"prefill_chunk_size", kInteger, "null"},
    {"prompt_lookup_num_tokens", kInteger, "null"},
    {"remove_invalid_values", kBoolean, "false", true},
    {"renormalize_logits", kBoolean, "false"},
    {"repetition_penalty", kNumber, "1.0", true},
    {"return_dict_in_generate", kBoolean, "false", true},
    {"return_legacy_cache", kBoolean, "null"},
    {"sequence_bias", kAny, "null"},
    {"stop_strings", kAny, "null"},
    {"suppress_tokens", kIds, "null", true},
    {"target_lookbehind", kInteger, "10"},
    {"temperature", kNumber, "1.0", true},
    {"token_healing", kBoolean, "false"},
    {"top_k", kInteger, "50", true},
    {"top_p", kNumber, "1.0", true},
    {"typical_p", kNumber, "1.0", true},
    {"use_cache", kBoolean, "true"},
    {"watermarking_config", kAny, "null"},
});

bool is_id_list(const Json& value) {
  return value.is_array() &&
         std::ranges::all_of(value, [](const Json& item) { return item.is_number_integer(); });
}

}  // namespace

const GenerationValue* find_generation_value(std::string_view name) {
  const auto* found = std::ranges::find(kValues, name, &GenerationValue::name);
  return found == kValues.end() ? nullptr : found;
}

const Json& generation_defaults() {
  static const Json* defaults = [] {
    auto* object = new Json(Json::object());
    for (const GenerationValue& value : kValues)
      (*object)[std::string(value.name)] = Json::parse(value.default_json);
    return object;
  }();
  return *defaults;
}

std::vector<std::string_view> generation_names_in_model_config() {
  std::vector<std::string_view> names;
  for (const GenerationValue& value : kValues) {
    if (value.in_model_config) names.push_back(value.name);
  }
  return names;
}

bool is_of_kind(const Json& value, GenerationKind kind) {
  if (value.is_null() || kind == kAny) return true;
  if (kind == kBoolean) return value.is_boolean();
  if (kind == kNumber) return value.is_number();
  return value.is_number_integer() || (kind == kIds && is_id_list(value));
}

std::string_view describe_kind(GenerationKind kind) {
  constexpr std::array<std::string_view, 5> kNames{"true or false", "an integer", "a number",
                                                   "an integer or a list of integers", "anything"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace modelhost
