// One layer: self attention, cross attention where the config asks for it, feed-forward.
#pragma once

#include "gpt2_attention.h"
#include "modelhost/nn/activation.h"
#include "modelhost/nn/gradient_checkpointing.h"
#include "modelhost/nn/layer_norm.h"

namespace modelhost::plugins::gpt2 {

class GPT2MLPImpl : public nn::Module {
 public:
  explicit GPT2MLPImpl(const GPT2Config& config);

  /// [B, S, E] -> [B, S, E]
  Tensor forward(const Tensor& hidden_states);

 private:
  nn::Conv1D c_fc_;
  GPT2ResidualProjection c_proj_;
  nn::Activation activation_;
  nn::Dropout dropout_;
};
MODELHOST_MODULE(GPT2MLP);

/// What every block of one forward gets, beside the hidden states. Undefined tensors are absent.
struct BlockInputs {
  AttentionInputs self;
  AttentionInputs cross;  ///< unused unless `encoder_states` is defined
};

struct BlockOutput {
  Tensor hidden_states;     ///< [B, S, E]
  Tensor attentions;        ///< [B, H, S, S]
  Tensor cross_attentions;  ///< [B, H, S, T]
};

class GPT2BlockImpl : public nn::GradientCheckpointingLayer {
 public:
  GPT2BlockImpl(const GPT2Config& config, int64_t layer);

  /// hidden_states [B, S, E]. Encoder states are given only to a block with cross attention.
  BlockOutput forward(const Tensor& hidden_states, const BlockInputs& inputs);

  /// Of the self attention.
  nn::AttentionHeads heads() { return attn_->heads(); }

 private:
  BlockOutput compute(const Tensor& hidden_states, const BlockInputs& inputs);

  nn::LayerNorm ln_1_;
  GPT2Attention attn_;
  nn::LayerNorm ln_2_;
  GPT2Attention crossattention_{nullptr};
  nn::LayerNorm ln_cross_attn_{nullptr};
  GPT2MLP mlp_{nullptr};
};

}  // namespace modelhost::plugins::gpt2
