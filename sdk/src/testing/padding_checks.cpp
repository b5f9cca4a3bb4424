// Padding that a mask hides.
#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>

#include <algorithm>

#include "case_groups.h"

namespace modelhost::testing {
namespace {

constexpr int64_t kPaddedBy = 4;

enum class Side { kLeft, kRight };

at::Tensor pad(const at::Tensor& tensor, Side side, int64_t value) {
  const int64_t left = side == Side::kLeft ? kPaddedBy : 0;
  return at::constant_pad_nd(tensor, {left, kPaddedBy - left}, value);
}

NamedTensors padded(PreTrainedModel& model, const NamedTensors& inputs, Side side) {
  const int64_t padding_id = model.config().get_text_config().pad_token_id.value_or(0);
  NamedTensors longer = inputs;
  for (const char* ids : {"input_ids", "decoder_input_ids"}) {
    if (inputs.contains(ids)) longer.set(ids, pad(inputs.at(ids), side, padding_id));
  }
  const at::Tensor mask = pad(inputs.at("attention_mask"), side, 0);
  longer.set("attention_mask", mask);
  if (side == Side::kRight) return longer;
  // A token keeps its position, wherever the padding moves it.
  longer.set("position_ids", (mask.cumsum(-1) - 1).clamp_min(0));
  if (takes_input(model, "mc_token_ids")) longer.set("mc_token_ids", inputs.at("mc_token_ids") + kPaddedBy);
  return longer;
}

// As many positions as `wanted` has in every dimension: the first ones, or the last ones.
at::Tensor end_of(at::Tensor tensor, at::IntArrayRef wanted, Side end) {
  for (int64_t dim = 0; dim < std::min<int64_t>(tensor.dim(), static_cast<int64_t>(wanted.size())); ++dim) {
    const int64_t length = std::min(tensor.size(dim), wanted[static_cast<std::size_t>(dim)]);
    tensor = tensor.narrow(dim, end == Side::kLeft ? 0 : tensor.size(dim) - length, length);
  }
  return tensor;
}

// The ways to compute attention make masks of their own.
std::vector<std::shared_ptr<PreTrainedModel>> models(const ModelFixture& fixture) {
  return {fixture.model(), fixture.eager_model()};
}

void padding(const ModelFixture& fixture) {
  for (const auto& model : models(fixture)) {
    require_input(*model, "input_ids");
    require_input(*model, "attention_mask");
    const NamedTensors inputs = fixture.inputs(*model);
    const NamedTensors wanted = run(*model, inputs);
    NamedTensors got;
    for (const auto& [name, tensor] : run(*model, padded(*model, inputs, Side::kRight))) {
      const at::Tensor own = wanted.get(name);
      got.set(name, own.defined() ? end_of(tensor, own.sizes(), Side::kLeft) : tensor);
    }
    require_close(wanted, got, "outputs before the padding");
  }
}

// A result of a whole text may come from its first position, which is padding then: only results of positions
// are compared.
void left_padding(const ModelFixture& fixture) {
  for (const auto& model : models(fixture)) {
    for (const char* name : {"input_ids", "attention_mask", "position_ids"}) require_input(*model, name);
    if (takes_input(*model, "decoder_input_ids")) skip_case("the class has a decoder beside its encoder");
    const NamedTensors inputs = fixture.inputs(*model);
    const NamedTensors longer = run(*model, padded(*model, inputs, Side::kLeft));
    bool has_positions = false;
    for (const auto& [name, own] : run(*model, inputs)) {
      const at::Tensor other = longer.get(name);
      if (!other.defined() || other.sizes() == own.sizes()) continue;
      has_positions = true;
      require_close(own, end_of(other, own.sizes(), Side::kRight), "outputs behind the padding: " + name);
    }
    if (!has_positions) skip_case("the class gives nothing for each position");
  }
}

}  // namespace

std::vector<ModelCheck> padding_checks() {
  return {
      {"padding-invariance", "padding on the right that the mask hides changes no result", padding},
      {"left-padding-invariance", "padding on the left changes no result of a position that keeps its number",
       left_padding},
  };
}

}  // namespace modelhost::testing
