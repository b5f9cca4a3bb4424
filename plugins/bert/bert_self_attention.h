// Attention of every token to every other one, or to those of an encoder.
#pragma once

#include "bert_config.h"
#include "modelhost/nn/attention_heads.h"
#include "modelhost/nn/dropout.h"
#include "modelhost/nn/embedding.h"
#include "modelhost/nn/linear.h"

namespace modelhost::plugins::bert {

using at::Tensor;

/// What one attention is computed from, beside the hidden states. Undefined tensors are absent.
struct AttentionInputs {
  Tensor mask;            ///< additive, [B|1, 1, S|1, T]
  Tensor head_mask;       ///< factors, [B|1, H, S|1, T|1]
  Tensor encoder_states;  ///< [B, T, E]: cross attention; keys and values come from here
  bool output_attentions = false;
  bool uses_cache =
      false;  ///< the reference would keep keys and values; see the README about relative positions
};

struct AttentionOutput {
  Tensor context;        ///< [B, S, H * D]; [B, S, E] after BertAttention
  Tensor probabilities;  ///< [B, H, S, T]; undefined when scaled_dot_product_attention was used
};

/// BertSelfAttention and BertSdpaSelfAttention of the reference in one; the config decides as there.
class BertSelfAttentionImpl : public nn::Module {
 public:
  /// `relative_positions`: cross attention never has them, whatever the config says.
  BertSelfAttentionImpl(const BertConfig& config, bool relative_positions);

  /// hidden_states [B, S, E]
  AttentionOutput forward(const Tensor& hidden_states, const AttentionInputs& inputs);

  /// Without outputs: the projection behind it is not part of this module.
  nn::AttentionHeads heads();

 private:
  Tensor split_heads(const Tensor& x) const;
  Tensor eager_probabilities(const Tensor& query, const Tensor& key, const AttentionInputs& inputs);
  void add_relative_scores(Tensor& scores, const Tensor& query, const Tensor& key, bool uses_cache);
  Tensor fused_context(const Tensor& query, const Tensor& key, const Tensor& value,
                       const AttentionInputs& inputs);

  bool prefers_sdpa_, is_decoder_;
  int64_t num_heads_, head_size_, max_positions_;
  std::string position_embedding_type_;
  nn::Linear query_, key_, value_;
  nn::Dropout dropout_;
  nn::Embedding distance_embedding_{nullptr};  ///< [2 * max_positions - 1, D], relative positions only
};
MODELHOST_MODULE(BertSelfAttention);

}  // namespace modelhost::plugins::bert
