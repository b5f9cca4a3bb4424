#include "bert_encoder.h"

namespace modelhost::plugins::bert {

BertEncoderImpl::BertEncoderImpl(const BertConfig& config)
    : layers_(register_module("layer", std::make_shared<nn::ModuleListImpl<BertLayerImpl>>())) {
  for (int64_t i = 0; i < config.num_hidden_layers; ++i)
    layers_->push_back(std::make_shared<BertLayerImpl>(config));
}

EncoderOutput BertEncoderImpl::forward(const Tensor& hidden_states, const EncoderInputs& inputs) {
  EncoderOutput output;
  output.last_hidden_state = hidden_states;
  LayerInputs layer_inputs = inputs.layer;
  for (int64_t i = 0; i < layers_->size(); ++i) {
    if (inputs.output_hidden_states) output.hidden_states.push_back(output.last_hidden_state);
    if (inputs.head_mask.defined()) layer_inputs.head_mask = inputs.head_mask[i];
    LayerOutput layer = nn::call((*layers_)[i], output.last_hidden_state, layer_inputs);
    output.last_hidden_state = std::move(layer.hidden_states);
    if (!layer_inputs.output_attentions) continue;
    output.attentions.push_back(layer.attentions);
    if (layer.cross_attentions.defined()) output.cross_attentions.push_back(layer.cross_attentions);
  }
  if (inputs.output_hidden_states) output.hidden_states.push_back(output.last_hidden_state);
  return output;
}

}  // namespace modelhost::plugins::bert
