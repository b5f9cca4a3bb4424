#include "bert_masks.h"

#include <ATen/ops/ones.h>

#include "modelhost/model/attention_mask.h"

namespace modelhost::plugins::bert {

using at::Tensor;

Tensor self_attention_mask(const Tensor& attention_mask, const MaskPlan& plan) {
  const std::vector<int64_t> shape = {plan.shape.batch, plan.shape.sequence};
  if (!attention_mask.defined()) {
    // An absent mask is one of ones: it hides nothing, but for what is later in a decoder.
    if (plan.for_sdpa || !plan.is_decoder) return {};
    return get_extended_attention_mask(at::ones(shape), shape, plan.dtype, true);
  }
  if (!plan.for_sdpa || attention_mask.dim() != 2) {
    return get_extended_attention_mask(attention_mask, shape, plan.dtype, plan.is_decoder);
  }
  if (plan.is_decoder) return prepare_4d_causal_attention_mask_for_sdpa(attention_mask, shape, plan.dtype);
  return prepare_4d_attention_mask_for_sdpa(attention_mask, plan.dtype, plan.shape.sequence);
}

Tensor cross_attention_mask(const Tensor& encoder_attention_mask, const MaskPlan& plan) {
  if (!encoder_attention_mask.defined()) return {};
  if (!plan.for_sdpa || encoder_attention_mask.dim() != 2) {
    return invert_attention_mask(encoder_attention_mask, plan.dtype);
  }
  return prepare_4d_attention_mask_for_sdpa(encoder_attention_mask, plan.dtype, plan.shape.sequence);
}

}  // namespace modelhost::plugins::bert
