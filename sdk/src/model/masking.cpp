#include "modelhost/model/masking.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/diff.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
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
Tensor additive_future(int64_t length, int64_t past_length, c10::ScalarType dtype, c10::Device device) {
  const auto options = c10::TensorOptions().dtype(dtype).device(device);
  const Tensor future = at::full({length, length}, lowest_value(dtype), options).triu(1);
  if (past_length == 0) return future;
  return at::cat({at::zeros({length, past_length}, options), future}, -1);
}

bool attends_everywhere(const Tensor& mask) {
  return mask.eq(1).all().item<bool>();
}

// true = look -> 0, false -> lowest.
Tensor lowest_where_hidden(const Tensor& visible, c10::ScalarType dtype) {
  return at::zeros(visible.sizes(), visible.options().dtype(dtype))
      .masked_fill_(visible.logical_not(), lowest_value(dtype));
}

// position_ids [B|1, S] -> [B|1, 1, S, S], true where query and key belong to one text; undefined when every
// row is one text.
Tensor packed_texts(const Tensor& position_ids) {
  const Tensor before = position_ids.slice(1, 0, 1) - 1;
  const Tensor starts = at::diff(position_ids, 1, -1, before).ne(1);  // [B|1, S]
  if (!starts.any().item<bool>()) return {};
  const Tensor text = starts.cumsum(-1);
  return text.unsqueeze(1).eq(text.unsqueeze(2)).unsqueeze(1);
}

// What hides keys beside their order: [B|1, 1, S|1, T], true = look; undefined when nothing does.
Tensor visible_keys(const MaskSource& source) {
  if (source.attention_mask.defined()) {
    const Tensor tokens = source.attention_mask.to(at::kBool);
    return tokens.all().item<bool>() ? Tensor() : tokens.unsqueeze(1).unsqueeze(1);
  }
  if (!source.position_ids.defined() || source.uses_cache || source.past > 0) return {};
  return packed_texts(source.position_ids);
}

// [S, T], true where a key is not later than the query, nor too far before it.
Tensor visible_order(const MaskSource& source, std::optional<int64_t> window) {
  const auto options = c10::TensorOptions().dtype(at::kLong).device(source.device);
  const Tensor queries = at::arange(source.past, source.keys(), options).unsqueeze(1);
  const Tensor keys = at::arange(source.keys(), options).unsqueeze(0);
  const Tensor visible = keys.le(queries);
  return window ? visible & keys.gt(queries - *window) : visible;
}

}  // namespace

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
                                                 c10::ScalarType dtype, int64_t past_length,
                                                 c10::Device device) {
  const int64_t batch = mask.defined() ? mask.size(0) : input_shape[0];
  const int64_t queries = input_shape[1];
  if (mask.defined() && mask.dim() == 4) return mask;
  const bool kernel_can_tell = queries == 1 || past_length == 0;
  if (kernel_can_tell && (!mask.defined() || attends_everywhere(mask))) return {};

  if (mask.defined()) device = mask.device();
  const Tensor padding = mask.defined() ? to_additive_row(mask, dtype) : Tensor();  // [B, 1, 1, T]
  if (queries == 1 && padding.defined()) return padding;
  const Tensor causal =
      additive_future(queries, past_length, dtype, device).unsqueeze(0).unsqueeze(0);  // [1, 1, S, T]
  if (!padding.defined()) return causal.expand({batch, 1, -1, -1});
  return causal.masked_fill(padding.to(at::kBool), lowest_value(dtype));
}

Tensor causal_mask(const MaskSource& source, std::optional<int64_t> sliding_window) {
  const bool fused = source.path == nn::AttentionPath::kFused;
  if (const Tensor& given = source.attention_mask; given.defined() && given.dim() == 4) {
    return fused || given.scalar_type() != at::kBool ? given : lowest_where_hidden(given, source.dtype);
  }
  const bool slides = sliding_window && source.keys() >= *sliding_window;
  const bool order_is_implied = source.queries == 1 || source.past == 0;
  Tensor visible = visible_keys(source);
  if (!visible.defined() && order_is_implied && !slides) return {};
  const Tensor order = visible_order(source, slides ? sliding_window : std::nullopt);
  visible = visible.defined() ? visible & order : order.unsqueeze(0).unsqueeze(0);
  return fused ? visible : lowest_where_hidden(visible, source.dtype);
}

Tensor bidirectional_mask(const MaskSource& source) {
  const Tensor& mask = source.attention_mask;
  if (!mask.defined()) return {};
  if (source.path == nn::AttentionPath::kFused && mask.dim() == 2)
    return prepare_4d_attention_mask_for_sdpa(mask, source.dtype, source.queries);
  return get_extended_attention_mask(mask, {source.batch, source.queries}, source.dtype,
                                     /*is_decoder=*/false);
}

Tensor extended_causal_mask(const MaskSource& source) {
  const Tensor& mask = source.attention_mask;
  const int64_t shape[] = {source.batch, source.queries};
  if (source.path == nn::AttentionPath::kFused && (!mask.defined() || mask.dim() == 2))
    return prepare_4d_causal_attention_mask_for_sdpa(mask, shape, source.dtype, source.past, source.device);
  // An absent mask is one of ones: it hides nothing but what is later.
  const auto options = c10::TensorOptions().dtype(source.dtype).device(source.device);
  const Tensor all = mask.defined() ? mask : at::ones({source.batch, source.keys()}, options);
  return get_extended_attention_mask(all, shape, source.dtype, /*is_decoder=*/true);
}

Tensor cross_attention_mask(const MaskSource& source, const Tensor& encoder_attention_mask) {
  if (!encoder_attention_mask.defined()) return {};
  if (source.path == nn::AttentionPath::kFused && encoder_attention_mask.dim() == 2)
    return prepare_4d_attention_mask_for_sdpa(encoder_attention_mask, source.dtype, source.queries);
  return invert_attention_mask(encoder_attention_mask, source.dtype);
}

}  // namespace modelhost
