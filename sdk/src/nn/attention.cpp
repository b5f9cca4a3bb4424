#include "modelhost/nn/attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_scaled_dot_product_attention_math.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>
#include <optional>

#include "modelhost/base/error.h"
#include "modelhost/base/error_codes.h"

namespace modelhost::nn {
namespace {

using at::Tensor;

// [S, T], true where the key is later than the query. The queries are the last of the keys.
Tensor future_of(int64_t queries, int64_t keys, c10::Device device) {
  return at::ones({queries, keys}, c10::TensorOptions().dtype(at::kBool).device(device))
      .triu(keys - queries + 1);
}

bool is_boolean(const Tensor& mask) {
  return mask.scalar_type() == at::kBool;
}

// [B, G, T, D] -> [B, H, T, D]: every key-value head serves a group of heads.
Tensor repeat_heads(const Tensor& x, int64_t heads) {
  const int64_t groups = x.size(1);
  if (groups == heads) return x;
  return x.unsqueeze(2)
      .expand({-1, -1, heads / groups, -1, -1})
      .reshape({x.size(0), heads, x.size(2), x.size(3)});
}

// -> [B, H, S, T], scaled.
Tensor scores_of(const Tensor& query, const Tensor& key, const AttentionOptions& options) {
  const auto dtype = options.scores_in_float ? at::kFloat : query.scalar_type();
  Tensor scores = at::matmul(query.to(dtype), key.to(dtype).transpose(-1, -2));
  // Divided where transformers divides: the last bit differs from that of a product.
  if (options.scale == 0) return scores.div_(std::sqrt(static_cast<double>(query.size(-1))));
  return options.scale == 1 ? scores : scores.mul_(options.scale);
}

void hide(Tensor& scores, const AttentionOptions& options, const Tensor& mask) {
  const double lowest = lowest_value(scores.scalar_type());
  if (options.always_causal || (options.causal && !mask.defined()))
    scores.masked_fill_(future_of(scores.size(-2), scores.size(-1), scores.device()), lowest);
  if (!mask.defined()) return;
  if (is_boolean(mask))
    scores.masked_fill_(mask.logical_not(), lowest);
  else
    scores.add_(mask);
}

Attended eager(const Tensor& query, const Tensor& key, const Tensor& value, const AttentionOptions& options,
               const AttentionArguments& arguments) {
  Tensor scores = scores_of(query, repeat_heads(key, query.size(1)), options);
  if (options.softcap != 0) scores = (scores / options.softcap).tanh() * options.softcap;
  if (arguments.bias.defined()) scores.add_(arguments.bias);
  hide(scores, options, arguments.mask);
  const auto softmax_dtype = options.softmax_in_float ? at::kFloat : scores.scalar_type();
  Tensor probabilities = scores.softmax(-1, softmax_dtype).to(value.scalar_type());
  if (arguments.training && options.dropout > 0)
    probabilities = at::dropout(probabilities, options.dropout, true);
  if (arguments.head_mask.defined()) probabilities = probabilities * arguments.head_mask;
  return {at::matmul(probabilities, repeat_heads(value, query.size(1))), probabilities};
}

// What the kernel adds to scores, or its booleans; absent where nothing but causality decides.
std::optional<Tensor> kernel_mask(const Tensor& query, int64_t keys, const AttentionOptions& options,
                                  const AttentionArguments& arguments) {
  Tensor mask = arguments.mask;
  // The kernel's own causality counts from the first key, which is wrong behind a cache.
  const bool needs_future = options.causal && !mask.defined() && query.size(2) > 1 &&
                            (query.size(2) != keys || arguments.bias.defined());
  if (needs_future) mask = future_of(query.size(2), keys, query.device()).logical_not();
  if (!arguments.bias.defined()) return mask.defined() ? std::optional(mask) : std::nullopt;
  if (!mask.defined()) return arguments.bias;
  if (!is_boolean(mask)) return arguments.bias + mask;
  return arguments.bias.masked_fill(mask.logical_not(), lowest_value(arguments.bias.scalar_type()));
}

Tensor infinity_where_hidden(const Tensor& visible, const c10::TensorOptions& options) {
  return at::zeros(visible.sizes(), options)
      .masked_fill_(visible.logical_not(), -std::numeric_limits<double>::infinity());
}

Attended fused(const Tensor& query, const Tensor& key, const Tensor& value, const AttentionOptions& options,
               const AttentionArguments& arguments) {
  std::optional<Tensor> mask = kernel_mask(query, key.size(2), options, arguments);
  const bool is_causal = options.causal && !mask && query.size(2) > 1;
  const double dropout = arguments.training ? options.dropout : 0.0;
  const auto scale = options.scale == 0 ? std::nullopt : std::optional(options.scale);
  const bool grouped = key.size(1) != query.size(1);
  Attended attended;
  attended.context =
      at::scaled_dot_product_attention(query, key, value, mask, dropout, is_causal, scale, grouped);
  if (!arguments.output_attentions) return attended;
  // The kernel keeps its probabilities to itself. They are computed once more by the definition that it is an
  // optimisation of, which would add a mask of booleans as zeros and ones.
  if (mask && is_boolean(*mask)) mask = infinity_where_hidden(*mask, query.options());
  attended.probabilities = std::get<1>(at::_scaled_dot_product_attention_math(
      query, repeat_heads(key, query.size(1)), repeat_heads(value, query.size(1)), mask, /*dropout_p=*/0.0,
      is_causal,
      /*dropout_mask=*/std::nullopt, scale));
  return attended;
}

}  // namespace

Attended attend(const Tensor& query, const Tensor& key, const Tensor& value, const AttentionOptions& options,
                const AttentionArguments& arguments) {
  const bool fuses = arguments.path == AttentionPath::kFused && options.softcap == 0;
  Attended attended = (fuses ? fused : eager)(query, key, value, options, arguments);
  const auto shape = attended.context.sizes();  // [B, H, S, D]
  attended.context = attended.context.transpose(1, 2).reshape({shape[0], shape[2], shape[1] * shape[3]});
  return attended;
}

double lowest_value(c10::ScalarType dtype) {
  switch (dtype) {
    case at::kDouble:
      return std::numeric_limits<double>::lowest();
    case at::kFloat:
      return std::numeric_limits<float>::lowest();
    case at::kHalf:
      return std::numeric_limits<c10::Half>::lowest();
    case at::kBFloat16:
      return std::numeric_limits<c10::BFloat16>::lowest();
    default:
      throw Error(codes::kModelInput, "a mask to be added to scores must have a floating dtype")
          .expected("float64, float32, float16 or bfloat16")
          .got(c10::toString(dtype));
  }
}

Tensor split_heads(const Tensor& x, int64_t head_size) {
  return x.view({x.size(0), x.size(1), x.size(2) / head_size, head_size}).transpose(1, 2);
}

}  // namespace modelhost::nn
