#include "bert_attention.h"

namespace modelhost::plugins::bert {

BertResidualOutputImpl::BertResidualOutputImpl(int64_t in_features, const BertConfig& config)
    : dense_(register_module("dense", nn::Linear(in_features, config.hidden_size))),
      layer_norm_(register_module("LayerNorm", nn::LayerNorm(config.hidden_size, config.layer_norm_eps))),
      dropout_(register_module("dropout", nn::Dropout(config.hidden_dropout_prob))) {}

Tensor BertResidualOutputImpl::forward(const Tensor& x, const Tensor& residual) {
  // In place: the projection is a fresh tensor that no gradient needs.
  return layer_norm_(dropout_(dense_(x)).add_(residual));
}

BertAttentionImpl::BertAttentionImpl(const BertConfig& config, bool relative_positions)
    : self_(register_module("self", BertSelfAttention(config, relative_positions))),
      output_(register_module("output",
                              BertResidualOutput(config.num_attention_heads * config.head_size(), config))) {}

nn::AttentionHeads BertAttentionImpl::heads() {
  nn::AttentionHeads heads = self_->heads();
  heads.outputs = {&output_->dense()};
  return heads;
}

AttentionOutput BertAttentionImpl::forward(const Tensor& hidden_states, const AttentionInputs& inputs) {
  AttentionOutput attended = self_(hidden_states, inputs);
  attended.context = output_(attended.context, hidden_states);
  return attended;
}

}  // namespace modelhost::plugins::bert
