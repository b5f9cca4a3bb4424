#include "generation_values.h"

#include <algorithm>
#include <array>

namespace modelhost {
namespace {

// In the order of names.
const auto kValues = std::to_array<GenerationValue>({
    {"_from_model_config", &GenerationConfig::is_from_model_config},
    {"assistant_confidence_threshold", &GenerationConfig::assistant_confidence_threshold},
    {"assistant_early_exit", &GenerationConfig::assistant_early_exit},
    {"assistant_lookbehind", &GenerationConfig::assistant_lookbehind},
    {"bad_words_ids", &GenerationConfig::bad_words_ids, true},
    {"begin_suppress_tokens", &GenerationConfig::begin_suppress_tokens, true},
    {"bos_token_id", &GenerationConfig::bos_token_id},
    {"cache_config", &GenerationConfig::cache_config},
    {"cache_implementation", &GenerationConfig::cache_implementation},
    {"constraints", &GenerationConfig::constraints},
    {"decoder_start_token_id", &GenerationConfig::decoder_start_token_id},
    {"disable_compile", &GenerationConfig::disable_compile},
    {"diversity_penalty", &GenerationConfig::diversity_penalty, true},
    {"do_sample", &GenerationConfig::do_sample, true},
    {"dola_layers", &GenerationConfig::dola_layers},
    {"early_stopping", &GenerationConfig::early_stopping, true},
    {"encoder_no_repeat_ngram_size", &GenerationConfig::encoder_no_repeat_ngram_size, true},
    {"encoder_repetition_penalty", &GenerationConfig::encoder_repetition_penalty},
    {"eos_token_id", &GenerationConfig::eos_token_id},
    {"epsilon_cutoff", &GenerationConfig::epsilon_cutoff},
    {"eta_cutoff", &GenerationConfig::eta_cutoff},
    {"exponential_decay_length_penalty", &GenerationConfig::exponential_decay_length_penalty, true},
    {"force_words_ids", &GenerationConfig::force_words_ids},
    {"forced_bos_token_id", &GenerationConfig::forced_bos_token_id, true},
    {"forced_eos_token_id", &GenerationConfig::forced_eos_token_id, true},
    {"guidance_scale", &GenerationConfig::guidance_scale},
    {"is_assistant", &GenerationConfig::is_assistant},
    {"length_penalty", &GenerationConfig::length_penalty, true},
    {"low_memory", &GenerationConfig::low_memory},
    {"max_length", &GenerationConfig::max_length, true},
    {"max_matching_ngram_size", &GenerationConfig::max_matching_ngram_size},
    {"max_new_tokens", &GenerationConfig::max_new_tokens},
    {"max_time", &GenerationConfig::max_time},
    {"min_length", &GenerationConfig::min_length, true},
    {"min_new_tokens", &GenerationConfig::min_new_tokens},
    {"min_p", &GenerationConfig::min_p},
    {"no_repeat_ngram_size", &GenerationConfig::no_repeat_ngram_size, true},
    {"num_assistant_tokens", &GenerationConfig::num_assistant_tokens},
    {"num_assistant_tokens_schedule", &GenerationConfig::num_assistant_tokens_schedule},
    {"num_beam_groups", &GenerationConfig::num_beam_groups, true},
    {"num_beams", &GenerationConfig::num_beams, true},
    {"num_return_sequences", &GenerationConfig::num_return_sequences, true},
    {"output_attentions", &GenerationConfig::output_attentions},
    {"output_hidden_states", &GenerationConfig::output_hidden_states},
    {"output_logits", &GenerationConfig::output_logits},
    {"output_scores", &GenerationConfig::output_scores, true},
    {"pad_token_id", &GenerationConfig::pad_token_id},
    {"penalty_alpha", &GenerationConfig::penalty_alpha},
    {"prefill_chunk_size", &GenerationConfig::prefill_chunk_size},
    {"prompt_lookup_num_tokens", &GenerationConfig::prompt_lookup_num_tokens},
    {"remove_invalid_values", &GenerationConfig::remove_invalid_values, true},
    {"renormalize_logits", &GenerationConfig::renormalize_logits},
    {"repetition_penalty", &GenerationConfig::repetition_penalty, true},
    {"return_dict_in_generate", &GenerationConfig::return_dict_in_generate, true},
    {"return_legacy_cache", &GenerationConfig::return_legacy_cache},
    {"sequence_bias", &GenerationConfig::sequence_bias},
    {"stop_strings", &GenerationConfig::stop_strings},
    {"suppress_tokens", &GenerationConfig::suppress_tokens, true},
    {"target_lookbehind", &GenerationConfig::target_lookbehind},
    {"temperature", &GenerationConfig::temperature, true},
    {"token_healing", &GenerationConfig::token_healing},
    {"top_k", &GenerationConfig::top_k, true},
    {"top_p", &GenerationConfig::top_p, true},
    {"typical_p", &GenerationConfig::typical_p, true},
    {"use_cache", &GenerationConfig::use_cache},
    {"watermarking_config", &GenerationConfig::watermarking_config},
});

bool is_id_list(const Json& value) {
  return value.is_array() &&
         std::ranges::all_of(value, [](const Json& item) { return item.is_number_integer(); });
}

struct IsOfKind {
  const Json& value;

  bool operator()(std::optional<bool> GenerationConfig::*) const { return value.is_boolean(); }
  bool operator()(std::optional<int64_t> GenerationConfig::*) const { return value.is_number_integer(); }
  bool operator()(std::optional<double> GenerationConfig::*) const { return value.is_number(); }
  bool operator()(TokenIds GenerationConfig::*) const {
    return value.is_number_integer() || is_id_list(value);
  }
  bool operator()(Json GenerationConfig::*) const { return true; }
};

struct FieldJson {
  const GenerationConfig& config;

  template <typename T>
  Json operator()(std::optional<T> GenerationConfig::*field) const {
    return config.*field ? Json(*(config.*field)) : Json();
  }
  Json operator()(TokenIds GenerationConfig::*field) const {
    const TokenIds& ids = config.*field;
    if (!ids) return {};
    return ids->size() == 1 ? Json(ids->front()) : Json(*ids);
  }
  Json operator()(Json GenerationConfig::*field) const { return config.*field; }
};

struct SetField {
  GenerationConfig& config;
  const Json& value;

  template <typename T>
  void operator()(std::optional<T> GenerationConfig::*field) const {
    config.*field = value.is_null() ? std::nullopt : std::optional(value.get<T>());
  }
  void operator()(TokenIds GenerationConfig::*field) const {
    if (value.is_null()) {
      config.*field = std::nullopt;
    } else {
      config.*field =
          value.is_array() ? value.get<std::vector<int64_t>>() : std::vector{value.get<int64_t>()};
    }
  }
  void operator()(Json GenerationConfig::*field) const { config.*field = value; }
};

}  // namespace

std::span<const GenerationValue> generation_values() {
  return kValues;
}

const GenerationValue* find_generation_value(std::string_view name) {
  const auto* found = std::ranges::find(kValues, name, &GenerationValue::name);
  return found == kValues.end() ? nullptr : found;
}

const Json& generation_defaults() {
  static const Json* defaults = [] {
    auto* object = new Json(Json::object());
    const GenerationConfig fresh;
    for (const GenerationValue& value : kValues)
      (*object)[std::string(value.name)] = field_json(fresh, value.field);
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

bool is_of_kind(const Json& value, const GenerationField& field) {
  return value.is_null() || std::visit(IsOfKind{value}, field);
}

std::string_view describe_kind(const GenerationField& field) {
  constexpr std::array<std::string_view, 5> kNames{"true or false", "an integer", "a number",
                                                   "an integer or a list of integers", "anything"};
  return kNames[field.index()];
}

Json field_json(const GenerationConfig& config, const GenerationField& field) {
  return std::visit(FieldJson{config}, field);
}

void set_field(GenerationConfig& config, const GenerationField& field, const Json& value) {
  std::visit(SetField{config, value}, field);
}

}  // namespace modelhost
