// Attention with its output projection and residual.
#pragma once

#include "bert_self_attention.h"
#include "modelhost/nn/layer_norm.h"

namespace modelhost::plugins::bert {

/// LayerNorm(dense(x) + residual). The reference has it twice under two names: BertSelfOutput after attention
/// and BertOutput after the feed-forward.
class BertResidualOutputImpl : public nn::Module {
 public:
  BertResidualOutputImpl(int64_t in_features, const BertConfig& config);

  /// x [B, S, in_features], residual [B, S, E] -> [B, S, E]
  Tensor forward(const Tensor& x, const Tensor& residual);

  nn::LinearImpl& dense() { return *dense_; }

 private:
  nn::Linear dense_;
  nn::LayerNorm layer_norm_;
  nn::Dropout dropout_;
};
MODELHOST_MODULE(BertResidualOutput);

class BertAttentionImpl : public nn::Module {
 public:
  BertAttentionImpl(const BertConfig& config, bool relative_positions);

  /// hidden_states [B, S, E] -> context [B, S, E] and probabilities
  AttentionOutput forward(const Tensor& hidden_states, const AttentionInputs& inputs);

  nn::AttentionHeads heads();

 private:
  BertSelfAttention self_;
  BertResidualOutput output_;
};
MODELHOST_MODULE(BertAttention);

}  // namespace modelhost::plugins::bert
