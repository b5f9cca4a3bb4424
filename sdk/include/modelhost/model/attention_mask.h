// From masks as users write them (1 = attend, 0 = ignore) to masks that are added to attention scores.
//
// Legend: B batch, S sequence of the queries, T sequence of the keys, H heads, L layers. "B|1" means either.
// An additive mask holds 0 where a query may look and the lowest finite number of its dtype where it may not.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

namespace modelhost {

/// The lowest finite value of a floating dtype: `torch.finfo(dtype).min`.
double lowest_value(c10::ScalarType dtype);

/// mask [B, T] or [B, S, T] -> additive [B, 1, 1|S, T] in `dtype`. Values between 0 and 1 are scaled, not
/// rounded. Follows ModuleUtilsMixin.invert_attention_mask. Errors: kModelInput for any other rank.
at::Tensor invert_attention_mask(const at::Tensor& mask, c10::ScalarType dtype);

/// mask [B|1, T] with T >= S -> [B, 1, S, T] in the dtype of `mask`: 1 where a query may look at a key, which
/// is neither masked nor later than the query. The first T - S keys are a prefix that every query sees.
/// `input_shape` is [B, S]. Follows ModuleUtilsMixin.create_extended_attention_mask_for_decoder.
at::Tensor create_extended_attention_mask_for_decoder(at::IntArrayRef input_shape, const at::Tensor& mask);

/// mask [B|1, T] or [B|1, S, T] -> additive [B|1, 1, 1|S, T] in `dtype`; causal if `is_decoder` and the mask
/// has two dimensions. `input_shape` is [B, S]. Follows ModuleUtilsMixin.get_extended_attention_mask. Errors:
/// kModelInput for any other rank.
at::Tensor get_extended_attention_mask(const at::Tensor& mask, at::IntArrayRef input_shape,
                                       c10::ScalarType dtype, bool is_decoder);

/// head_mask [H] or [L, H] (1 = keep) -> [L, 1, H, 1, 1] in `dtype`, to be multiplied with probabilities;
/// with `is_attention_chunked` one more dimension of 1 at the end. One with five dimensions is only cast; an
/// undefined one stays undefined. Follows ModuleUtilsMixin.get_head_mask. Errors: kModelInput for any other
/// rank.
at::Tensor get_head_mask(const at::Tensor& head_mask, int64_t num_hidden_layers, c10::ScalarType dtype,
                         bool is_attention_chunked = false);

/// mask [B, T] -> additive [B, 1, S, T] in `dtype`, or undefined when nothing is masked, so that the fastest
/// kernel can be taken. S is `query_length`, or T if unset. Any value but 1 masks. The result is a view that
/// repeats one row S times. Follows `_prepare_4d_attention_mask_for_sdpa`.
at::Tensor prepare_4d_attention_mask_for_sdpa(const at::Tensor& mask, c10::ScalarType dtype,
                                              std::optional<int64_t> query_length = {});

/// mask [B, T] or undefined -> additive causal [B, 1, S, T] in `dtype` with T = S + past_length; or undefined
/// when scaled_dot_product_attention may be told `is_causal` instead, or needs no mask at all (S = 1). A mask
/// with four dimensions is returned as it is. `input_shape` is [B, S]. Follows
/// `_prepare_4d_causal_attention_mask_for_sdpa` without sliding window.
at::Tensor prepare_4d_causal_attention_mask_for_sdpa(const at::Tensor& mask, at::IntArrayRef input_shape,
                                                     c10::ScalarType dtype, int64_t past_length = 0);

}  // namespace modelhost
