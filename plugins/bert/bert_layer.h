// One layer: self attention, cross attention in a decoder, feed-forward.
#pragma once

#include "bert_attention.h"
#include "modelhost/nn/activation.h"
#include "modelhost/nn/gradient_checkpointing.h"

namespace modelhost::plugins::bert {

class BertIntermediateImpl : public nn::Module {
 public:
  explicit BertIntermediateImpl(const BertConfig& config);

  /// [B, S, E] -> [B, S, F]
  Tensor forward(const Tensor& hidden_states) { return activation_(dense_(hidden_states)); }

 private:
  nn::Linear dense_;
  nn::Activation activation_;
};
MODELHOST_MODULE(BertIntermediate);

/// What every layer of one forward gets, beside the hidden states. Undefined tensors are absent.
struct LayerInputs {
  Tensor mask;            ///< additive, [B|1, 1, S|1, S]
  Tensor head_mask;       ///< factors, [B|1, H, S|1, S|1]
  Tensor encoder_states;  ///< [B, T, E], decoders only
  Tensor encoder_mask;    ///< additive, [B, 1, S|1, T]
  bool output_attentions = false;
  bool uses_cache = false;
};

struct LayerOutput {
  Tensor hidden_states;     ///< [B, S, E]
  Tensor attentions;        ///< [B, H, S, S]
  Tensor cross_attentions;  ///< [B, H, S, T]
};

class BertLayerImpl : public nn::GradientCheckpointingLayer {
 public:
  explicit BertLayerImpl(const BertConfig& config);

  /// hidden_states [B, S, E]. Errors: kModelInput when encoder states meet a layer without cross attention,
  /// or the sequence is not a multiple of `chunk_size_feed_forward`.
  LayerOutput forward(const Tensor& hidden_states, const LayerInputs& inputs);

  /// Of the self attention.
  nn::AttentionHeads heads() { return attention_->heads(); }

 private:
  LayerOutput compute(const Tensor& hidden_states, const LayerInputs& inputs);
  AttentionOutput attend_to_encoder(const Tensor& hidden_states, const LayerInputs& inputs);
  Tensor feed_forward(const Tensor& hidden_states);
  Tensor feed_forward_in_chunks(const Tensor& hidden_states);

  int64_t chunk_size_;
  BertAttention attention_;
  BertAttention crossattention_{nullptr};
  BertIntermediate intermediate_{nullptr};
  BertResidualOutput output_{nullptr};
};

}  // namespace modelhost::plugins::bert
