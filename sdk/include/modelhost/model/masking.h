// From masks as users write them (1 = attend, 0 = ignore) to masks that are added to attention scores.
//
// Legend: B batch, S sequence of the queries, T sequence of the keys, H heads, L layers. "B|1" means either.
// An additive mask holds 0 where a query may look and the lowest finite number of its dtype where it may not.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "modelhost/nn/attention.h"

namespace modelhost {

using nn::lowest_value;

/// What masks of one forward are made from. Undefined tensors are absent.
struct MaskSource {
  int64_t batch = 0;                   ///< B
  int64_t queries = 0;                 ///< S
  int64_t past = 0;                    ///< tokens in the cache; keys are past + queries
  c10::ScalarType dtype = at::kFloat;  ///< of additive masks
  c10::Device device = at::kCPU;
  nn::AttentionPath path = nn::AttentionPath::kEager;
  bool uses_cache = false;    ///< `use_cache`
  at::Tensor attention_mask;  ///< [B|1, T], or as each function says
  at::Tensor position_ids;    ///< [B|1, S], for texts packed into a row

  int64_t keys() const { return past + queries; }
};

/// For decoders whose attention is causal. attention_mask [B|1, T], or [B|1, H|1, S, T], which is taken as it
/// is (of booleans, true = look; eager attention gets numbers). With `sliding_window` a query sees that many
/// keys, itself included. Without mask and cache, positions that do not count on start a new text in the row,
/// which does not see the one before. -> fused: booleans [B|1, 1, S, T]; eager: additive; undefined where
/// causality alone decides. Follows `create_causal_mask` and `create_sliding_window_causal_mask`.
at::Tensor causal_mask(const MaskSource& source, std::optional<int64_t> sliding_window = {});

/// For encoders. attention_mask undefined, [B|1, T] or [B|1, S, T] -> additive [B|1, 1, S|1, T], or
/// undefined: nothing is hidden. Follows `_prepare_4d_attention_mask_for_sdpa` (fused, two dimensions) and
/// `get_extended_attention_mask`.
at::Tensor bidirectional_mask(const MaskSource& source);

/// For decoders of BERT's kind: as causal_mask, but additive in both paths, and a mask of three dimensions
/// says all that is to be said. Follows `_prepare_4d_causal_attention_mask_for_sdpa` and
/// `get_extended_attention_mask`.
at::Tensor extended_causal_mask(const MaskSource& source);

/// For cross attention. encoder_attention_mask undefined, [B|1, T] or [B|1, S, T] -> additive [B|1, 1, S|1,
/// T], or undefined: no token of the encoder is hidden. `source` gives path, dtype and number of queries.
at::Tensor cross_attention_mask(const MaskSource& source, const at::Tensor& encoder_attention_mask);

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
/// with four dimensions is returned as it is. `input_shape` is [B, S]; without a mask, `device` says where
/// the result is. Follows
/// `_prepare_4d_causal_attention_mask_for_sdpa` without sliding window.
at::Tensor prepare_4d_causal_attention_mask_for_sdpa(const at::Tensor& mask, at::IntArrayRef input_shape,
                                                     c10::ScalarType dtype, int64_t past_length = 0,
                                                     c10::Device device = at::kCPU);

}  // namespace modelhost
