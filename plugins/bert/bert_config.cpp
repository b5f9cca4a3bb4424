#include "bert_config.h"

#include "modelhost/base/error_codes.h"
#include "modelhost/nn/activation.h"

namespace modelhost::plugins::bert {
namespace {

Error inconsistent(const std::string& file, std::string key, std::string expected, std::string got) {
  return Error(codes::kConfigInconsistent, "config values contradict each other")
      .file(file)
      .key(std::move(key))
      .expected(std::move(expected))
      .got(std::move(got));
}

void check_heads(const BertConfig& config, const std::string& file) {
  // Models with an embedding size of their own split the hidden size elsewhere; transformers lets them pass.
  const bool divisible = config.hidden_size % config.num_attention_heads == 0;
  if ((divisible || config.extra.contains("embedding_size")) && config.head_size() > 0) return;
  throw inconsistent(file, "hidden_size",
                     "a multiple of num_attention_heads = " + std::to_string(config.num_attention_heads),
                     std::to_string(config.hidden_size));
}

void check_activation(const BertConfig& config, const std::string& file) {
  try {
    nn::activation(config.hidden_act);
  } catch (const Error& error) {
    throw Error(error).file(file).key("hidden_act");
  }
}

void check_padding(const BertConfig& config, const std::string& file) {
  if (!config.pad_token_id) return;
  const int64_t id = *config.pad_token_id;
  if (id < config.vocab_size && id >= -config.vocab_size) return;
  throw inconsistent(file, "pad_token_id", "an id below vocab_size = " + std::to_string(config.vocab_size),
                     std::to_string(id));
}

}  // namespace

BertConfig::BertConfig() {
  pad_token_id = 0;
}

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

void BertConfig::validate(const std::string& file) const {
  check_heads(*this, file);
  check_activation(*this, file);
  check_padding(*this, file);
  if (add_cross_attention && !is_decoder) {
    throw inconsistent(file, "add_cross_attention",
                       "is_decoder = true, as only a decoder has cross attention", "is_decoder = false");
  }
}

}  // namespace modelhost::plugins::bert
