#include "distilbert_heads.h"

#include "modelhost/model/loss.h"

namespace example::distilbert {
namespace {

std::vector<std::string> with_labels(std::vector<std::string> names) {
  names.emplace_back("labels");
  return names;
}

// The lists that the encoder gave, behind loss and logits.
NamedTensors outputs_of_head(const Tensor& loss, const Tensor& logits, const NamedTensors& encoded) {
  NamedTensors outputs;
  outputs.set("loss", loss);
  outputs.set("logits", logits);
  for (const auto& [name, tensor] : encoded) {
    if (name != "last_hidden_state") outputs.set(name, tensor);
  }
  return outputs;
}

}  // namespace

// [head]
DistilBertForMaskedLM::DistilBertForMaskedLM(std::shared_ptr<DistilBertConfig> config)
    : DistilBertPreTrainedModel(config),
      activation_(nn::activation(config->activation)),
      distilbert_(register_module("distilbert", std::make_shared<DistilBertModel>(config))),
      vocab_transform_(register_module("vocab_transform", nn::Linear(config->dim, config->dim))),
      vocab_layer_norm_(register_module("vocab_layer_norm", nn::LayerNorm(config->dim, 1e-12))),
      vocab_projector_(register_module("vocab_projector", nn::Linear(config->dim, config->vocab_size))) {}

std::vector<std::string> DistilBertForMaskedLM::input_names() const {
  return with_labels(distilbert_->input_names());
}

NamedTensors DistilBertForMaskedLM::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  const NamedTensors encoded = distilbert_->forward(inputs, options);
  const Tensor transformed = activation_(vocab_transform_(encoded.at("last_hidden_state")));
  const Tensor logits = vocab_projector_(vocab_layer_norm_(transformed));  // [B, S, V]
  const Tensor labels = inputs.get("labels");
  return outputs_of_head(labels.defined() ? modelhost::masked_lm_loss(logits, labels) : Tensor(), logits,
                         encoded);
}
// [head]

DistilBertForSequenceClassification::DistilBertForSequenceClassification(
    std::shared_ptr<DistilBertConfig> config)
    : DistilBertPreTrainedModel(config),
      distilbert_(register_module("distilbert", std::make_shared<DistilBertModel>(config))),
      pre_classifier_(register_module("pre_classifier", nn::Linear(config->dim, config->dim))),
      classifier_(register_module("classifier", nn::Linear(config->dim, config->num_labels()))),
      dropout_(register_module("dropout", nn::Dropout(config->seq_classif_dropout))) {}

std::vector<std::string> DistilBertForSequenceClassification::input_names() const {
  return with_labels(distilbert_->input_names());
}

NamedTensors DistilBertForSequenceClassification::forward(const NamedTensors& inputs,
                                                          const ForwardOptions& options) {
  const NamedTensors encoded = distilbert_->forward(inputs, options);
  const Tensor first = encoded.at("last_hidden_state").select(1, 0);           // [B, E]
  const Tensor logits = classifier_(dropout_(pre_classifier_(first).relu()));  // [B, C]
  const Tensor labels = inputs.get("labels");
  Tensor loss;
  if (labels.defined()) loss = modelhost::sequence_classification_loss(logits, labels, config().problem_type);
  return outputs_of_head(loss, logits, encoded);
}

}  // namespace example::distilbert
