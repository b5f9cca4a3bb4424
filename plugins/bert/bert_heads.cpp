#include "bert_heads.h"

#include <ATen/TensorOperators.h>

namespace modelhost::plugins::bert {

BertLMPredictionHeadImpl::BertLMPredictionHeadImpl(const BertConfig& config)
    : bias_(declare_parameter("bias", {config.vocab_size}, nn::Init::zeros())),
      dense_(register_at("transform.dense", nn::Linear(config.hidden_size, config.hidden_size))),
      layer_norm_(
          register_at("transform.LayerNorm", nn::LayerNorm(config.hidden_size, config.layer_norm_eps))),
      activation_(nn::activation(config.hidden_act)),
      decoder_(register_module("decoder",
                               nn::Linear(config.hidden_size, config.vocab_size, /*with_bias=*/false))) {
  tie_own_weights();
}

BertForNextSentencePrediction::BertForNextSentencePrediction(std::shared_ptr<BertConfig> config)
    : WithBackbone(config, /*with_pooler=*/true),
      seq_relationship_(register_at("cls.seq_relationship", nn::Linear(config->hidden_size, 2))) {}

NamedTensors BertForNextSentencePrediction::forward(const NamedTensors& inputs,
                                                    const ForwardOptions& options) {
  const BackboneOutput encoded = backbone_->run(inputs, options);
  const Tensor logits = seq_relationship_(encoded.pooler_output);  // [B, 2]
  const Tensor labels = inputs.get(inputs.contains("next_sentence_label") ? "next_sentence_label" : "labels");
  return head_outputs(labels.defined() ? next_sentence_loss(logits, labels) : Tensor(), logits, encoded);
}

BertForPreTraining::BertForPreTraining(std::shared_ptr<BertConfig> config)
    : WithBackbone(config, /*with_pooler=*/true),
      predictions_(register_at("cls.predictions", BertLMPredictionHead(*config))),
      seq_relationship_(register_at("cls.seq_relationship", nn::Linear(config->hidden_size, 2))) {}

NamedTensors BertForPreTraining::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  const BackboneOutput encoded = backbone_->run(inputs, options);
  const Tensor prediction = predictions_(encoded.last_hidden_state);     // [B, S, V]
  const Tensor relationship = seq_relationship_(encoded.pooler_output);  // [B, 2]
  const Tensor labels = inputs.get("labels"), next = inputs.get("next_sentence_label");
  NamedTensors outputs;
  if (labels.defined() && next.defined())
    outputs.set("loss", masked_lm_loss(prediction, labels) + next_sentence_loss(relationship, next));
  outputs.set("prediction_logits", prediction);
  outputs.set("seq_relationship_logits", relationship);
  encoded.append_lists_to(outputs);
  return outputs;
}

}  // namespace modelhost::plugins::bert
