#include "distilbert_heads.h"

namespace example::distilbert {

// [head]
DistilBertForMaskedLM::DistilBertForMaskedLM(std::shared_ptr<DistilBertConfig> config)
    : WithBackbone(config, /*with_pooler=*/false),
      activation_(nn::activation(config->activation)),
      vocab_transform_(register_module("vocab_transform", nn::Linear(config->dim, config->dim))),
      vocab_layer_norm_(register_module("vocab_layer_norm", nn::LayerNorm(config->dim, 1e-12))),
      vocab_projector_(register_module("vocab_projector", nn::Linear(config->dim, config->vocab_size))) {}

NamedTensors DistilBertForMaskedLM::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  const BackboneOutput encoded = backbone_->run(inputs, options);
  const Tensor transformed = activation_(vocab_transform_(encoded.last_hidden_state));
  const Tensor logits = vocab_projector_(vocab_layer_norm_(transformed));  // [B, S, V]
  return modelhost::head_outputs(modelhost::masked_lm_loss(logits, inputs.get("labels")), logits, encoded);
}
// [head]

DistilBertForSequenceClassification::DistilBertForSequenceClassification(
    std::shared_ptr<DistilBertConfig> config)
    : WithBackbone(config, /*with_pooler=*/false),
      pre_classifier_(register_module("pre_classifier", nn::Linear(config->dim, config->dim))),
      classifier_(register_module("classifier", nn::Linear(config->dim, config->num_labels()))),
      dropout_(register_module("dropout", nn::Dropout(config->seq_classif_dropout))) {}

NamedTensors DistilBertForSequenceClassification::forward(const NamedTensors& inputs,
                                                          const ForwardOptions& options) {
  const BackboneOutput encoded = backbone_->run(inputs, options);
  const Tensor first = encoded.last_hidden_state.select(1, 0);                 // [B, E]
  const Tensor logits = classifier_(dropout_(pre_classifier_(first).relu()));  // [B, C]
  return modelhost::head_outputs(
      modelhost::sequence_classification_loss(logits, inputs.get("labels"), config().problem_type), logits,
      encoded);
}

}  // namespace example::distilbert
