#include "bert_heads.h"

namespace modelhost::plugins::bert {

BertPoolerImpl::BertPoolerImpl(const BertConfig& config)
    : dense_(register_module("dense", nn::Linear(config.hidden_size, config.hidden_size))) {}

Tensor BertPoolerImpl::forward(const Tensor& hidden_states) {
  const Tensor first_token = hidden_states.select(1, 0);  // [B, E]
  return dense_(first_token).tanh();
}

BertPredictionHeadTransformImpl::BertPredictionHeadTransformImpl(const BertConfig& config)
    : dense_(register_module("dense", nn::Linear(config.hidden_size, config.hidden_size))),
      layer_norm_(register_module("LayerNorm", nn::LayerNorm(config.hidden_size, config.layer_norm_eps))),
      activation_(nn::activation(config.hidden_act)) {}

BertLMPredictionHeadImpl::BertLMPredictionHeadImpl(const BertConfig& config)
    : bias_(declare_parameter("bias", {config.vocab_size})),
      transform_(register_module("transform", BertPredictionHeadTransform(config))),
      decoder_(register_module("decoder",
                               nn::Linear(config.hidden_size, config.vocab_size, /*with_bias=*/false))) {
  tie_bias();
}

}  // namespace modelhost::plugins::bert
