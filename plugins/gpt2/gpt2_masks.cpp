#include "gpt2_masks.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/diff.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "modelhost/model/attention_mask.h"

namespace modelhost::plugins::gpt2 {

using at::Tensor;

namespace {

// true = look -> 0, false -> lowest.
Tensor to_additive(const Tensor& visible, c10::ScalarType dtype) {
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

}  // namespace

Tensor future_mask(int64_t length, c10::Device device) {
  return at::ones({length, length}, c10::TensorOptions().dtype(at::kBool).device(device)).triu(1);
}

Tensor self_attention_mask(const Tensor& attention_mask, const Tensor& position_ids, const MaskPlan& plan) {
  if (attention_mask.defined() && attention_mask.dim() == 4) {
    const bool as_it_is = plan.prefers_sdpa || attention_mask.scalar_type() != at::kBool;
    return as_it_is ? attention_mask : to_additive(attention_mask, plan.dtype);
  }
  Tensor visible;  // [B|1, 1, S|1, S]
  if (attention_mask.defined()) {
    const Tensor tokens = attention_mask.reshape({plan.shape.batch, plan.shape.sequence}).to(at::kBool);
    if (!tokens.all().item<bool>()) visible = tokens.unsqueeze(1).unsqueeze(1);
  } else if (position_ids.defined() && !plan.uses_cache) {
    visible = packed_texts(position_ids);
  }
  if (!visible.defined()) return {};
  visible = visible & future_mask(plan.shape.sequence, visible.device()).logical_not();
  return plan.prefers_sdpa ? visible : to_additive(visible, plan.dtype);
}

Tensor cross_attention_mask(const Tensor& encoder_attention_mask, const MaskPlan& plan) {
  if (!encoder_attention_mask.defined()) return {};
  if (!plan.for_sdpa || encoder_attention_mask.dim() != 2) {
    return invert_attention_mask(encoder_attention_mask, plan.dtype);
  }
  return prepare_4d_attention_mask_for_sdpa(encoder_attention_mask, plan.dtype, plan.shape.sequence);
}

}  // namespace modelhost::plugins::gpt2
