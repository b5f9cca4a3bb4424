// The config of all BERT models.
#pragma once

#include "modelhost/config/pretrained_config.h"

namespace modelhost::plugins::bert {

/// transformers' BertConfig: field names, defaults and meaning are the same.
struct BertConfig : ConfigOf<BertConfig> {
  static constexpr std::string_view model_type = "bert";

  BertConfig() { pad_token_id = 0; }

  void fields(ConfigFields& f) override;
  /// Errors: kConfigInconsistent for sizes that cannot be built, kConfigChoice for an unknown `hidden_act`.
  void validate(const std::string& file) const override;

  /// Whether attention scores depend on the distance between tokens ("relative_key", "relative_key_query").
  bool has_relative_positions() const { return position_embedding_type != "absolute"; }

  int64_t vocab_size = 30522;
  int64_t hidden_size = 768;
  int64_t num_hidden_layers = 12;
  int64_t num_attention_heads = 12;
  int64_t intermediate_size = 3072;
  std::string hidden_act = "gelu";
  double hidden_dropout_prob = 0.1;
  double attention_probs_dropout_prob = 0.1;
  int64_t max_position_embeddings = 512;
  int64_t type_vocab_size = 2;
  double initializer_range = 0.02;
  double layer_norm_eps = 1e-12;
  std::string position_embedding_type = "absolute";
  bool use_cache = true;
  std::optional<double> classifier_dropout;
};

}  // namespace modelhost::plugins::bert
