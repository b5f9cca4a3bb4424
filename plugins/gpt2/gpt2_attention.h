// Attention of every token to itself and those before it, or to the tokens of an encoder.
//
// Legend of the plugin: B batch, S sequence of the queries, T sequence of the keys, E hidden size, H heads
// (of the layer, where some are pruned), D head size, F inner size, L layers, V vocabulary, C classes, N
// choices, P positions. "B|1" means either.
#pragma once

#include "gpt2_config.h"
#include "modelhost/nn/attention_heads.h"
#include "modelhost/nn/conv1d.h"
#include "modelhost/nn/dropout.h"

namespace modelhost::plugins::gpt2 {

using at::Tensor;

/// The projections that write into the residual stream, all called `c_proj`. A class of their own because
/// their initial weights are smaller (see GPT2PreTrainedModel::init_module_weights).
class GPT2ResidualProjectionImpl : public nn::Conv1DImpl {
 public:
  using nn::Conv1DImpl::Conv1DImpl;
};
MODELHOST_MODULE(GPT2ResidualProjection);

/// What one attention is computed from, beside the hidden states. Undefined tensors are absent.
struct AttentionInputs {
  Tensor mask;       ///< [B|1, H|1, S|1, T], additive, or true = look; the latter in fused attention only
  Tensor future;     ///< [S, T], true = later than the query; eager self attention only
  Tensor head_mask;  ///< factors, [B|1, H, S|1, T|1]; eager attention only
  Tensor encoder_states;  ///< [B, T, E]: keys and values come from here; cross attention only
  bool output_attentions = false;
};

struct AttentionOutput {
  Tensor context;        ///< [B, S, E]
  Tensor probabilities;  ///< [B, H, S, T]; of fused attention before dropout, and only when wanted
};

/// GPT2Attention of the reference with its three ways to compute: eager, eager in float32
/// (`reorder_and_upcast_attn`) and fused (sdpa).
class GPT2AttentionImpl : public nn::Module {
 public:
  GPT2AttentionImpl(const GPT2Config& config, int64_t layer, bool is_cross_attention);

  /// hidden_states [B, S, E]
  AttentionOutput forward(const Tensor& hidden_states, const AttentionInputs& inputs);

  /// Of self attention.
  nn::AttentionHeads heads();

 private:
  Tensor split_heads(const Tensor& x) const;
  Tensor scores(const Tensor& query, const Tensor& key) const;
  Tensor upcast_scores(const Tensor& query, const Tensor& key) const;
  AttentionOutput eager(const Tensor& query, const Tensor& key, const Tensor& value,
                        const AttentionInputs& inputs);
  AttentionOutput fused(const Tensor& query, const Tensor& key, const Tensor& value,
                        const AttentionInputs& inputs);

  bool is_cross_attention_, prefers_sdpa_, upcasts_, scales_by_size_;
  int64_t num_heads_, head_size_;
  double layer_divisor_;  ///< 1, or the layer's number counted from 1 (scale_attn_by_inverse_layer_idx)
  nn::Conv1D c_attn_, q_attn_{nullptr};
  GPT2ResidualProjection c_proj_{nullptr};
  nn::Dropout attn_dropout_, resid_dropout_;
};
MODELHOST_MODULE(GPT2Attention);

}  // namespace modelhost::plugins::gpt2
