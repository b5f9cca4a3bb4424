#include "modelhost/nn/transformer_layer.h"

namespace modelhost::nn {

AttentionArguments LayerInputs::self_arguments(bool training) const {
  return {path, mask, bias, head_mask, output_attentions, training};
}

AttentionArguments LayerInputs::cross_arguments(bool training) const {
  return {path, encoder_mask, {}, head_mask, output_attentions, training};
}

LayerOutput TransformerLayer::forward(const Tensor& x, const LayerInputs& inputs) {
  const auto outputs =
      checkpointed({x, inputs.head_mask, inputs.encoder_states, inputs.bias},
                   [this, inputs](const TensorList& list) -> TensorList {
                     LayerInputs own = inputs;
                     own.head_mask = list[1], own.encoder_states = list[2], own.bias = list[3];
                     const LayerOutput output = compute(list[0], own);
                     return {output.hidden_states, output.attentions, output.cross_attentions};
                   });
  return {outputs[0], outputs[1], outputs[2]};
}

StackOutput LayerStackImpl::forward(Tensor x, const LayerInputs& inputs, bool output_hidden_states) {
  StackOutput output;
  LayerInputs own = inputs;
  for (int64_t i = 0; i < size(); ++i) {
    if (output_hidden_states) output.hidden_states.push_back(x);
    if (inputs.head_mask.defined()) own.head_mask = inputs.head_mask[i];
    LayerOutput layer = call((*this)[i], x, own);
    x = std::move(layer.hidden_states);
    if (!inputs.output_attentions) continue;
    output.attentions.push_back(std::move(layer.attentions));
    if (layer.cross_attentions.defined())
      output.cross_attentions.push_back(std::move(layer.cross_attentions));
  }
  if (output_hidden_states) output.hidden_states.push_back(x);
  output.last_hidden_state = std::move(x);
  return output;
}

std::vector<AttentionHeads> LayerStackImpl::heads() {
  std::vector<AttentionHeads> all;
  for (const auto& layer : *this) {
    auto own = layer->heads();
    if (!own) return {};
    all.push_back(std::move(*own));
  }
  return all;
}

}  // namespace modelhost::nn
