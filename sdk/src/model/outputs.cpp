#include "modelhost/model/outputs.h"

namespace modelhost {
namespace {

void append_list(NamedTensors& outputs, const std::string& name, const std::vector<at::Tensor>& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) outputs.set(name + "." + std::to_string(i), tensors[i]);
}

}  // namespace

void BackboneOutput::replace_last(const at::Tensor& hidden_state) {
  last_hidden_state = hidden_state;
  if (!hidden_states.empty()) hidden_states.back() = hidden_state;
}

NamedTensors BackboneOutput::named() const {
  NamedTensors outputs{{"last_hidden_state", last_hidden_state}};
  outputs.set("pooler_output", pooler_output);
  append_lists_to(outputs);
  return outputs;
}

void BackboneOutput::append_lists_to(NamedTensors& outputs) const {
  append_list(outputs, "hidden_states", hidden_states);
  append_list(outputs, "attentions", attentions);
  append_list(outputs, "cross_attentions", cross_attentions);
}

NamedTensors head_outputs(const at::Tensor& loss, const at::Tensor& logits, const BackboneOutput& backbone) {
  NamedTensors outputs;
  outputs.set("loss", loss);
  outputs.set("logits", logits);
  backbone.append_lists_to(outputs);
  return outputs;
}

}  // namespace modelhost
