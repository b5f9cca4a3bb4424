// config.json of DistilBERT.
#pragma once

#include "modelhost/config/pretrained_config.h"
#include "modelhost/nn/activation.h"

namespace example::distilbert {

// [config]
struct DistilBertConfig : modelhost::ConfigOf<DistilBertConfig> {
  static constexpr std::string_view model_type = "distilbert";

  int64_t vocab_size = 30522, max_position_embeddings = 512, n_layers = 6, n_heads = 12, dim = 768;
  int64_t hidden_dim = 4 * 768;
  bool sinusoidal_pos_embds = false;
  double dropout = 0.1, attention_dropout = 0.1, initializer_range = 0.02, qa_dropout = 0.1;
  double seq_classif_dropout = 0.2;
  std::string activation = "gelu";

  DistilBertConfig() { pad_token_id = 0; }

  void fields(modelhost::ConfigFields& f) override {
    namespace limits = modelhost::limits;
    PretrainedConfig::fields(f);
    f("vocab_size", vocab_size, limits::kVocabulary);
    f("max_position_embeddings", max_position_embeddings, limits::kPositions);
    f("n_layers", n_layers, limits::kLayers);
    f("n_heads", n_heads, limits::kHeads);
    f("dim", dim, limits::kWidth);
    f("hidden_dim", hidden_dim, limits::kWidth);
    f("sinusoidal_pos_embds", sinusoidal_pos_embds);
    f("dropout", dropout, limits::kProbability);
    f("attention_dropout", attention_dropout, limits::kProbability);
    f("initializer_range", initializer_range, limits::kNonNegative);
    f("qa_dropout", qa_dropout, limits::kProbability);
    f("seq_classif_dropout", seq_classif_dropout, limits::kProbability);
    f("activation", activation);
  }
  std::vector<std::pair<std::string, std::string>> attribute_map() const override {
    return {{"hidden_size", "dim"}, {"num_attention_heads", "n_heads"}, {"num_hidden_layers", "n_layers"}};
  }
  void validate(const std::string&) const override {
    require_multiple("dim", dim, "n_heads", n_heads);
    modelhost::nn::activation(activation, "activation");
  }
};
// [config]

}  // namespace example::distilbert
