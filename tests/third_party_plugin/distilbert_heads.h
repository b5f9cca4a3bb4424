// What stands on the encoder. V vocabulary, C classes.
#pragma once

#include <array>

#include "distilbert_model.h"
#include "modelhost/model/heads.h"

namespace example::distilbert {

// [heads]
inline constexpr modelhost::HeadOptions kTokens{.dropout = {"dropout"}};
using DistilBertForTokenClassification = modelhost::ForTokenClassification<DistilBertModel, kTokens>;
// [heads]

/// The encoder's inputs and labels [B, S] -> loss, logits [B, S, V], hidden_states, attentions.
class DistilBertForMaskedLM : public modelhost::WithBackbone<DistilBertModel> {
 public:
  static constexpr std::array<std::string_view, 1> tied_weights_keys = {"vocab_projector.weight"};

  explicit DistilBertForMaskedLM(std::shared_ptr<DistilBertConfig> config);
  std::vector<std::string> input_names() const override { return names_with({"labels"}); }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;
  nn::LinearImpl* get_output_embeddings() override { return vocab_projector_.get(); }

 private:
  nn::Activation activation_;
  nn::Linear vocab_transform_;
  nn::LayerNorm vocab_layer_norm_;
  nn::Linear vocab_projector_;
};

/// The encoder's inputs and labels [B] or [B, C] -> loss, logits [B, C], hidden_states, attentions.
class DistilBertForSequenceClassification : public modelhost::WithBackbone<DistilBertModel> {
 public:
  explicit DistilBertForSequenceClassification(std::shared_ptr<DistilBertConfig> config);
  std::vector<std::string> input_names() const override { return names_with({"labels"}); }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;

 private:
  nn::Linear pre_classifier_, classifier_;
  nn::Dropout dropout_;
};

}  // namespace example::distilbert
