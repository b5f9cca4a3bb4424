#include "gpt2_block.h"

#include <ATen/TensorOperators.h>

namespace modelhost::plugins::gpt2 {

GPT2MLPImpl::GPT2MLPImpl(const GPT2Config& config)
    : c_fc_(register_module("c_fc", nn::Conv1D(config.n_embd, config.inner_size()))),
      c_proj_(register_module("c_proj", GPT2ResidualProjection(config.inner_size(), config.n_embd))),
      activation_(nn::activation(config.activation_function)),
      dropout_(register_module("dropout", nn::Dropout(config.resid_pdrop))) {}

Tensor GPT2MLPImpl::forward(const Tensor& hidden_states) {
  return dropout_(c_proj_(activation_(c_fc_(hidden_states))));
}

GPT2BlockImpl::GPT2BlockImpl(const GPT2Config& config, int64_t layer)
    : ln_1_(register_module("ln_1", nn::LayerNorm(config.n_embd, config.layer_norm_epsilon))),
      attn_(register_module("attn", GPT2Attention(config, layer, false))),
      ln_2_(register_module("ln_2", nn::LayerNorm(config.n_embd, config.layer_norm_epsilon))) {
  if (config.add_cross_attention) {
    crossattention_ = register_module("crossattention", GPT2Attention(config, layer, true));
    ln_cross_attn_ =
        register_module("ln_cross_attn", nn::LayerNorm(config.n_embd, config.layer_norm_epsilon));
  }
  mlp_ = register_module("mlp", GPT2MLP(config));
}

BlockOutput GPT2BlockImpl::forward(const Tensor& hidden_states, const BlockInputs& inputs) {
  const auto outputs =
      checkpointed({hidden_states, inputs.self.head_mask, inputs.cross.encoder_states},
                   [this, inputs](const TensorList& x) -> TensorList {
                     BlockInputs own = inputs;
                     own.self.head_mask = own.cross.head_mask = x[1];
                     own.cross.encoder_states = x[2];
                     const BlockOutput output = compute(x[0], own);
                     return {output.hidden_states, output.attentions, output.cross_attentions};
                   });
  return {outputs[0], outputs[1], outputs[2]};
}

BlockOutput GPT2BlockImpl::compute(const Tensor& hidden_states, const BlockInputs& inputs) {
  const AttentionOutput attended = attn_(ln_1_(hidden_states), inputs.self);
  BlockOutput output{attended.context + hidden_states, attended.probabilities, {}};
  if (inputs.cross.encoder_states.defined()) {
    const AttentionOutput crossed = crossattention_(ln_cross_attn_(output.hidden_states), inputs.cross);
    output.hidden_states = output.hidden_states + crossed.context;
    output.cross_attentions = crossed.probabilities;
  }
  output.hidden_states = output.hidden_states + mlp_(ln_2_(output.hidden_states));
  return output;
}

}  // namespace modelhost::plugins::gpt2
