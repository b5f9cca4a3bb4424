#include "bert_config.h"

#include "modelhost/nn/activation.h"

namespace modelhost::plugins::bert {

void BertConfig::fields(ConfigFields& f) {
  PretrainedConfig::fields(f);
  f("vocab_size", vocab_size, limits::kVocabulary);
  f("hidden_size", hidden_size, limits::kWidth);
  f("num_hidden_layers", num_hidden_layers, limits::kLayers);
  f("num_attention_heads", num_attention_heads, limits::kHeads);
  f("intermediate_size", intermediate_size, limits::kWidth);
  f("hidden_act", hidden_act);
  f("hidden_dropout_prob", hidden_dropout_prob, limits::kProbability);
  f("attention_probs_dropout_prob", attention_probs_dropout_prob, limits::kProbability);
  f("max_position_embeddings", max_position_embeddings, limits::kPositions);
  f("type_vocab_size", type_vocab_size, limits::kVocabulary);
  f("initializer_range", initializer_range, limits::kNonNegative);
  f("layer_norm_eps", layer_norm_eps, limits::kNonNegative);
  f("position_embedding_type", position_embedding_type, {"absolute", "relative_key", "relative_key_query"});
  f("use_cache", use_cache);
  f("classifier_dropout", classifier_dropout, limits::kProbability);
}

void BertConfig::validate(const std::string&) const {
  // Models with an embedding size of their own split the hidden size elsewhere; transformers lets them pass.
  if (!extra.contains("embedding_size") || hidden_size < num_attention_heads)
    require_multiple("hidden_size", hidden_size, "num_attention_heads", num_attention_heads);
  nn::activation(hidden_act);
  require_padding_id(vocab_size);
  require(is_decoder || !add_cross_attention, "add_cross_attention",
          "is_decoder = true, as only a decoder has cross attention", "is_decoder = false");
}

}  // namespace modelhost::plugins::bert
