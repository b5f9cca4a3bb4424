#include "gpt2_attention.h"

#include <ATen/ops/_scaled_dot_product_attention_math.h>
#include <ATen/ops/baddbmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>
#include <optional>

#include "modelhost/model/attention_mask.h"

namespace modelhost::plugins::gpt2 {
namespace {

Tensor minus_infinity_where_hidden(const Tensor& visible, const c10::TensorOptions& options) {
  return at::zeros(visible.sizes(), options)
      .masked_fill_(visible.logical_not(), -std::numeric_limits<double>::infinity());
}

}  // namespace

GPT2AttentionImpl::GPT2AttentionImpl(const GPT2Config& config, int64_t layer, bool is_cross_attention)
    : is_cross_attention_(is_cross_attention),
      prefers_sdpa_(config.attn_implementation == "sdpa"),
      upcasts_(config.reorder_and_upcast_attn),
      scales_by_size_(config.scale_attn_weights),
      num_heads_(config.n_head),
      head_size_(config.head_size()),
      layer_divisor_(config.scale_attn_by_inverse_layer_idx ? static_cast<double>(layer + 1) : 1.0),
      c_attn_(register_module(
          "c_attn", nn::Conv1D(config.n_embd, (is_cross_attention ? 2 : 3) * num_heads_ * head_size_))),
      attn_dropout_(config.attn_pdrop),
      resid_dropout_(config.resid_pdrop) {
  if (is_cross_attention) {
    q_attn_ = register_module("q_attn", nn::Conv1D(config.n_embd, num_heads_ * head_size_));
  }
  c_proj_ = register_module("c_proj", GPT2ResidualProjection(num_heads_ * head_size_, config.n_embd));
  register_module("attn_dropout", attn_dropout_);
  register_module("resid_dropout", resid_dropout_);
  // Checkpoints of old releases hold these two. Only the names matter, so that they are not reported as
  // unexpected: what is later than a query is worked out anew.
  const auto nothing = at::empty({0}, nn::ParameterOptions::current());
  register_buffer("bias", nothing, /*persistent=*/false);
  register_buffer("masked_bias", nothing, /*persistent=*/false);
}

nn::AttentionHeads GPT2AttentionImpl::heads() {
  return {&num_heads_, head_size_, {{c_attn_.get(), 3}}, {c_proj_.get()}};
}

AttentionOutput GPT2AttentionImpl::forward(const Tensor& hidden_states, const AttentionInputs& inputs) {
  const int64_t width = num_heads_ * head_size_;
  Tensor query, key, value;  // [B, S, H * D], [B, T, H * D]
  if (is_cross_attention_) {
    const auto parts = c_attn_(inputs.encoder_states).split(width, 2);
    query = q_attn_(hidden_states), key = parts[0], value = parts[1];
  } else {
    const auto parts = c_attn_(hidden_states).split(width, 2);
    query = parts[0], key = parts[1], value = parts[2];
  }
  query = split_heads(query), key = split_heads(key), value = split_heads(value);
  AttentionOutput output =
      prefers_sdpa_ ? fused(query, key, value, inputs) : eager(query, key, value, inputs);
  output.context = output.context.transpose(1, 2).reshape({query.size(0), query.size(2), width});
  output.context = resid_dropout_(c_proj_(output.context));
  return output;
}

// [B, S, H * D] -> [B, H, S, D], a view.
Tensor GPT2AttentionImpl::split_heads(const Tensor& x) const {
  return x.view({x.size(0), x.size(1), num_heads_, head_size_}).transpose(1, 2);
}

// -> [B, H, S, T] in the dtype of the query. The order of operations is that of the reference, and its
// divisor is rounded to the dtype first.
Tensor GPT2AttentionImpl::scores(const Tensor& query, const Tensor& key) const {
  Tensor scores = at::matmul(query, key.transpose(-1, -2));
  if (scales_by_size_) {
    scores.div_(at::full({}, std::sqrt(static_cast<double>(head_size_)), scores.options()));
  }
  if (layer_divisor_ != 1.0) scores.div_(layer_divisor_);
  return scores;
}

// -> [B, H, S, T] in float32, with the scaling inside of the product.
Tensor GPT2AttentionImpl::upcast_scores(const Tensor& query, const Tensor& key) const {
  const int64_t batch = query.size(0), queries = query.size(2), keys = key.size(2);
  const double size = scales_by_size_ ? std::sqrt(static_cast<double>(head_size_)) : 1.0;
  const Tensor q = query.reshape({-1, queries, head_size_}).to(at::kFloat);
  const Tensor k = key.transpose(-1, -2).reshape({-1, head_size_, keys}).to(at::kFloat);
  const Tensor ignored = at::empty({q.size(0), queries, keys}, q.options());
  const double scale = 1.0 / size / layer_divisor_;
  return at::baddbmm(ignored, q, k, /*beta=*/0, scale).view({batch, num_heads_, queries, keys});
}

AttentionOutput GPT2AttentionImpl::eager(const Tensor& query, const Tensor& key, const Tensor& value,
                                         const AttentionInputs& inputs) {
  Tensor weights = upcasts_ ? upcast_scores(query, key) : scores(query, key);
  if (inputs.future.defined()) weights.masked_fill_(inputs.future, lowest_value(weights.scalar_type()));
  if (inputs.mask.defined()) weights.add_(inputs.mask);
  AttentionOutput output;
  output.probabilities = attn_dropout_(weights.softmax(-1).to(value.scalar_type()));
  if (inputs.head_mask.defined()) output.probabilities = output.probabilities * inputs.head_mask;
  output.context = at::matmul(output.probabilities, value);
  return output;
}

// Scaled by 1 / sqrt(D) whatever the config says, as in the reference; see the README.
AttentionOutput GPT2AttentionImpl::fused(const Tensor& query, const Tensor& key, const Tensor& value,
                                         const AttentionInputs& inputs) {
  const bool is_causal = !is_cross_attention_ && !inputs.mask.defined() && query.size(2) > 1;
  auto mask = inputs.mask.defined() ? std::optional<Tensor>(inputs.mask) : std::nullopt;
  const double dropout = is_training() ? attn_dropout_->p() : 0.0;
  AttentionOutput output;
  output.context = at::scaled_dot_product_attention(query, key, value, mask, dropout, is_causal);
  if (!inputs.output_attentions) return output;
  // The kernel keeps its probabilities to itself. They are computed once more by the definition that it is an
  // optimisation of (which would add a mask of booleans as zeros and ones); the context stays the kernel's,
  // so that asking for them changes no other result.
  if (mask && mask->scalar_type() == at::kBool) mask = minus_infinity_where_hidden(*mask, query.options());
  output.probabilities = std::get<1>(at::_scaled_dot_product_attention_math(query, key, value, mask,
                                                                            /*dropout_p=*/0.0, is_causal));
  return output;
}

}  // namespace modelhost::plugins::gpt2
