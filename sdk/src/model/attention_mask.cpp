#include "modelhost/model/attention_mask.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <limits>
#include <sstream>

#include "modelhost/base/error_codes.h"

namespace modelhost {
namespace {

using at::Tensor;

Error rank_error(const char* name, const char* expected, const Tensor& got) {
  std::ostringstream shape;
  shape << got.sizes();
  return Error(codes::kModelInput, "a mask has the wrong number of dimensions")
      .key(name)
      .expected(expected)
      .got("shape " + shape.str());
}

// 1 = attend -> 0, 0 = ignore -> lowest; what lies between is scaled.
Tensor to_additive(const Tensor& mask, c10::ScalarType dtype) {
  return (1.0 - mask.to(dtype)) * lowest_value(dtype);
}

// mask [B, T] -> additive [B, 1, 1, T], where anything but 1 masks (AttentionMaskConverter._expand_mask).
Tensor to_additive_row(const Tensor& mask, c10::ScalarType dtype) {
  const Tensor inverted = 1.0 - mask.unsqueeze(1).unsqueeze(1).to(dtype);
  return inverted.masked_fill(inverted.to(at::kBool), lowest_value(dtype));
}

// -> additive [S, past + S]: a query sees the past, itself and what is before it.
Tensor causal_mask(int64_t length, int64_t past_length, c10::ScalarType dtype, c10::Device device) {
  const auto options = c10::TensorOptions().dtype(dtype).device(device);
  const Tensor future = at::full({length, length}, lowest_value(dtype), options).triu(1);
  if (past_length == 0) return future;
  return at::cat({at::zeros({length, past_length}, options), future}, -1);
}

bool attends_everywhere(const Tensor& mask) {
  return mask.eq(1).all().item<bool>();
}

}  // namespace

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

Tensor invert_attention_mask(const Tensor& mask, c10::ScalarType dtype) {
  if (mask.dim() == 3) return to_additive(mask.unsqueeze(1), dtype);
  if (mask.dim() == 2) return to_additive(mask.unsqueeze(1).unsqueeze(1), dtype);
  throw rank_error("encoder_attention_mask", "[batch, keys] or [batch, queries, keys]", mask);
}

Tensor create_extended_attention_mask_for_decoder(at::IntArrayRef input_shape, const Tensor& mask) {
  const int64_t queries = input_shape[1];
  const int64_t prefix = std::max<int64_t>(mask.size(1) - queries, 0);
  const Tensor keys = at::arange(queries, mask.device());
  Tensor visible = keys.unsqueeze(0).le(keys.unsqueeze(1)).to(mask.scalar_type());  // [S, S]
  if (prefix > 0) visible = at::cat({at::ones({queries, prefix}, visible.options()), visible}, -1);
  const Tensor rows = mask.expand({input_shape[0], mask.size(1)}).unsqueeze(1).unsqueeze(1);  // [B, 1, 1, T]
  return visible * rows;
}

Tensor get_extended_attention_mask(const Tensor& mask, at::IntArrayRef input_shape, c10::ScalarType dtype,
                                   bool is_decoder) {
  if (mask.dim() == 3) return to_additive(mask.unsqueeze(1), dtype);
  if (mask.dim() != 2) {
    throw rank_error("attention_mask", "[batch, sequence] or [batch, sequence, sequence]", mask);
  }
  if (is_decoder) return to_additive(create_extended_attention_mask_for_decoder(input_shape, mask), dtype);
  return to_additive(mask.unsqueeze(1).unsqueeze(1), dtype);
}

Tensor get_head_mask(const Tensor& head_mask, int64_t num_hidden_layers, c10::ScalarType dtype,
                     bool is_attention_chunked) {
  if (!head_mask.defined()) return {};
  Tensor layers = head_mask;  // [L, 1, H, 1, 1]
  if (head_mask.dim() == 1) {
    layers = head_mask.view({1, 1, -1, 1, 1}).expand({num_hidden_layers, -1, -1, -1, -1});
  } else if (head_mask.dim() == 2) {
    layers = head_mask.unsqueeze(1).unsqueeze(-1).unsqueeze(-1);
  } else if (head_mask.dim() != 5) {
    throw rank_error("head_mask", "[heads] or [layers, heads]", head_mask);
  }
  layers = layers.to(dtype);
  return is_attention_chunked ? layers.unsqueeze(-1) : layers;
}

Tensor prepare_4d_attention_mask_for_sdpa(const Tensor& mask, c10::ScalarType dtype,
                                          std::optional<int64_t> query_length) {
  if (attends_everywhere(mask)) return {};
  return to_additive_row(mask, dtype).expand({-1, -1, query_length.value_or(mask.size(1)), -1});
}

Tensor prepare_4d_causal_attention_mask_for_sdpa(const Tensor& mask, at::IntArrayRef input_shape,
                                                 c10::ScalarType dtype, int64_t past_length) {
  const int64_t batch = mask.defined() ? mask.size(0) : input_shape[0];
  const int64_t queries = input_shape[1];
  if (mask.defined() && mask.dim() == 4) return mask;
  const bool kernel_can_tell = queries == 1 || past_length == 0;
  if (kernel_can_tell && (!mask.defined() || attends_everywhere(mask))) return {};

  const c10::Device device = mask.defined() ? mask.device() : c10::Device(at::kCPU);
  const Tensor padding = mask.defined() ? to_additive_row(mask, dtype) : Tensor();  // [B, 1, 1, T]
  if (queries == 1 && padding.defined()) return padding;
  const Tensor causal =
      causal_mask(queries, past_length, dtype, device).unsqueeze(0).unsqueeze(0);  // [1, 1, S, T]
  if (!padding.defined()) return causal.expand({batch, 1, -1, -1});
  return causal.masked_fill(padding.to(at::kBool), lowest_value(dtype));
}

}  // namespace modelhost
