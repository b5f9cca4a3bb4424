// From the masks of a caller to those that the layers use.
#pragma once

#include "gpt2_inputs.h"

namespace modelhost::plugins::gpt2 {

/// What decides how masks are made; one for each forward.
struct MaskPlan {
  InputShape shape;
  c10::ScalarType dtype = at::kFloat;
  bool prefers_sdpa = false;  ///< the model was loaded for fused attention
  /// The reference tells fused cross attention by one more rule: no attentions wanted, no head mask.
  bool for_sdpa = false;
  bool uses_cache = false;
};

/// [S, S], true where the key is later than the query.
at::Tensor future_mask(int64_t length, c10::Device device);

/// attention_mask undefined, [B, S] or of four dimensions, and position_ids undefined or [B|1, S] -> what to
/// add to scores [B|1, H|1, S, S], for fused attention as true = look; or undefined: only what is later is
/// hidden. Four dimensions are taken as they are: the fused kernel then sees what is later. Without mask and
/// without cache, positions that do not count on start a new text in the row, which does not see the one
/// before (packed sequences). Follows `create_causal_mask`.
at::Tensor self_attention_mask(const at::Tensor& attention_mask, const at::Tensor& position_ids,
                               const MaskPlan& plan);

/// encoder_attention_mask undefined, [B|1, T] or [B|1, S, T] -> additive [B|1, 1, S|1, T], or undefined: no
/// token of the encoder is hidden.
at::Tensor cross_attention_mask(const at::Tensor& encoder_attention_mask, const MaskPlan& plan);

}  // namespace modelhost::plugins::gpt2
