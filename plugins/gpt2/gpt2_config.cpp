#include "gpt2_config.h"

#include "modelhost/nn/activation.h"

namespace modelhost::plugins::gpt2 {

std::vector<std::pair<std::string, std::string>> GPT2Config::attribute_map() const {
  return {{"hidden_size", "n_embd"},
          {"max_position_embeddings", "n_positions"},
          {"num_attention_heads", "n_head"},
          {"num_hidden_layers", "n_layer"}};
}

void GPT2Config::fields(ConfigFields& f) {
  PretrainedConfig::fields(f);
  f("vocab_size", vocab_size, limits::kVocabulary);
  f("n_positions", n_positions, limits::kPositions);
  f("n_embd", n_embd, limits::kWidth);
  f("n_layer", n_layer, limits::kLayers);
  f("n_head", n_head, limits::kHeads);
  f("n_inner", n_inner, limits::kWidth);
  f("activation_function", activation_function);
  f("resid_pdrop", resid_pdrop, limits::kProbability);
  f("embd_pdrop", embd_pdrop, limits::kProbability);
  f("attn_pdrop", attn_pdrop, limits::kProbability);
  f("layer_norm_epsilon", layer_norm_epsilon, limits::kNonNegative);
  f("initializer_range", initializer_range, limits::kNonNegative);
  f("summary_type", summary_type, {"last", "first", "mean", "cls_index", "attn"});
  f("summary_use_proj", summary_use_proj);
  f("summary_activation", summary_activation);
  f("summary_proj_to_labels", summary_proj_to_labels);
  f("summary_first_dropout", summary_first_dropout, limits::kProbability);
  f("scale_attn_weights", scale_attn_weights);
  f("use_cache", use_cache);
  f("scale_attn_by_inverse_layer_idx", scale_attn_by_inverse_layer_idx);
  f("reorder_and_upcast_attn", reorder_and_upcast_attn);
}

void GPT2Config::validate(const std::string& file) const {
  require_multiple("n_embd", n_embd, "n_head", n_head);
  nn::activation(activation_function, "activation_function");
  auto reader = ConfigFields::reader(extra, file);
  for (const char* name : {"classifier_dropout", "hidden_dropout", "summary_last_dropout"}) {
    std::optional<double> unused;
    reader(name, unused, limits::kProbability);
  }
}

}  // namespace modelhost::plugins::gpt2
