#include "bert_self_attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/scaled_dot_product_attention.h>

#include <cmath>

namespace modelhost::plugins::bert {

BertSelfAttentionImpl::BertSelfAttentionImpl(const BertConfig& config, bool relative_positions)
    : prefers_sdpa_(config.attn_implementation == "sdpa"),
      is_decoder_(config.is_decoder),
      num_heads_(config.num_attention_heads),
      head_size_(config.head_size()),
      max_positions_(config.max_position_embeddings),
      position_embedding_type_(relative_positions ? config.position_embedding_type : "absolute"),
      query_(register_module("query", nn::Linear(config.hidden_size, num_heads_ * head_size_))),
      key_(register_module("key", nn::Linear(config.hidden_size, num_heads_ * head_size_))),
      value_(register_module("value", nn::Linear(config.hidden_size, num_heads_ * head_size_))),
      dropout_(register_module("dropout", nn::Dropout(config.attention_probs_dropout_prob))) {
  if (position_embedding_type_ != "absolute") {
    distance_embedding_ =
        register_module("distance_embedding", nn::Embedding(2 * max_positions_ - 1, head_size_));
  }
}

nn::AttentionHeads BertSelfAttentionImpl::heads() {
  return {&num_heads_, head_size_, {{query_.get()}, {key_.get()}, {value_.get()}}, {}};
}

AttentionOutput BertSelfAttentionImpl::forward(const Tensor& hidden_states, const AttentionInputs& inputs) {
  const Tensor& source = inputs.encoder_states.defined() ? inputs.encoder_states : hidden_states;
  const Tensor query = split_heads(query_(hidden_states));  // [B, H, S, D]
  const Tensor key = split_heads(key_(source));             // [B, H, T, D]
  const Tensor value = split_heads(value_(source));         // [B, H, T, D]

  AttentionOutput output;
  const bool fused = prefers_sdpa_ && position_embedding_type_ == "absolute" && !inputs.output_attentions &&
                     !inputs.head_mask.defined();
  if (fused) {
    output.context = fused_context(query, key, value, inputs);
  } else {
    output.probabilities = eager_probabilities(query, key, inputs);
    output.context = at::matmul(output.probabilities, value);
  }
  const auto shape = hidden_states.sizes();
  output.context = output.context.transpose(1, 2).reshape({shape[0], shape[1], num_heads_ * head_size_});
  return output;
}

// [B, S, H * D] -> [B, H, S, D], a view.
Tensor BertSelfAttentionImpl::split_heads(const Tensor& x) const {
  return x.view({x.size(0), x.size(1), num_heads_, head_size_}).transpose(1, 2);
}

// softmax(query key^T / sqrt(D) + mask) * head_mask -> [B, H, S, T]
Tensor BertSelfAttentionImpl::eager_probabilities(const Tensor& query, const Tensor& key,
                                                  const AttentionInputs& inputs) {
  Tensor scores = at::matmul(query, key.transpose(-1, -2));
  if (distance_embedding_) add_relative_scores(scores, query, key, inputs.uses_cache);
  scores.div_(std::sqrt(static_cast<double>(head_size_)));
  if (inputs.mask.defined()) scores.add_(inputs.mask);
  const Tensor probabilities = dropout_(scores.softmax(-1));
  return inputs.head_mask.defined() ? probabilities * inputs.head_mask : probabilities;
}

// Adds what the distance between query l and key r contributes. With a cache the reference takes every query
// for the last one, also in the first pass over a whole text; see the README.
void BertSelfAttentionImpl::add_relative_scores(Tensor& scores, const Tensor& query, const Tensor& key,
                                                bool uses_cache) {
  const int64_t queries = query.size(2), keys = key.size(2);
  const auto options = c10::TensorOptions().dtype(at::kLong).device(query.device());
  const Tensor left =
      uses_cache ? at::full({1, 1}, keys - 1, options) : at::arange(queries, options).view({-1, 1});
  const Tensor right = at::arange(keys, options).view({1, -1});
  const Tensor rows = left - right + (max_positions_ - 1);                     // [S|1, T]
  const Tensor distances = distance_embedding_(rows).to(query.scalar_type());  // [S|1, T, D]
  scores.add_(at::einsum("bhld,lrd->bhlr", {query, distances}));               // [B, H, S, T]
  if (position_embedding_type_ == "relative_key_query") {
    scores.add_(at::einsum("bhrd,lrd->bhlr", {key, distances}));  // [B, H, S|1, T]
  }
}

// -> [B, H, S, D]
Tensor BertSelfAttentionImpl::fused_context(const Tensor& query, const Tensor& key, const Tensor& value,
                                            const AttentionInputs& inputs) {
  // A decoder's mask is absent only when causality alone decides (prepare_4d_causal_attention_mask_for_sdpa).
  const bool is_causal =
      is_decoder_ && !inputs.encoder_states.defined() && !inputs.mask.defined() && query.size(2) > 1;
  const auto mask = inputs.mask.defined() ? std::optional<Tensor>(inputs.mask) : std::nullopt;
  const double dropout = is_training() ? dropout_->p() : 0.0;
  return at::scaled_dot_product_attention(query, key, value, mask, dropout, is_causal);
}

}  // namespace modelhost::plugins::bert
