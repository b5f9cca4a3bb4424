// From the masks of a caller to those that the layers add to their scores.
#pragma once

#include "bert_inputs.h"

namespace modelhost::plugins::bert {

/// What decides how masks are made; one for each forward.
struct MaskPlan {
  InputShape shape;
  c10::ScalarType dtype = at::kFloat;
  bool is_decoder = false;
  /// Masks for scaled_dot_product_attention, which are left out when nothing is masked. The reference decides
  /// this once for the model: sdpa wanted, absolute positions, no head mask, no attentions to be returned.
  bool for_sdpa = false;
};

/// attention_mask undefined, [B|1, S] or [B|1, S, S] -> additive [B|1, 1, S|1, S], or undefined: nothing but
/// causality (in a decoder) hides a token.
at::Tensor self_attention_mask(const at::Tensor& attention_mask, const MaskPlan& plan);

/// encoder_attention_mask undefined, [B|1, T] or [B|1, S, T] -> additive [B|1, 1, S|1, T], or undefined: no
/// token of the encoder is hidden.
at::Tensor cross_attention_mask(const at::Tensor& encoder_attention_mask, const MaskPlan& plan);

}  // namespace modelhost::plugins::bert
