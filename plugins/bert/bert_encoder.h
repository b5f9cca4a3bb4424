// The stack of layers.
#pragma once

#include <vector>

#include "bert_layer.h"

namespace modelhost::plugins::bert {

/// What all layers of one forward get. Undefined tensors are absent.
struct EncoderInputs {
  LayerInputs layer;  ///< without head mask
  Tensor head_mask;   ///< [L, B|1, H, S|1, S|1]
  bool output_hidden_states = false;
};

struct EncoderOutput {
  Tensor last_hidden_state;  ///< [B, S, E]
  std::vector<Tensor>
      hidden_states;               ///< L + 1 times [B, S, E]: the input of every layer, and the last output
  std::vector<Tensor> attentions;  ///< L times [B, H, S, S]
  std::vector<Tensor> cross_attentions;  ///< L times [B, H, S, T]
};

class BertEncoderImpl : public nn::Module {
 public:
  explicit BertEncoderImpl(const BertConfig& config);

  /// hidden_states [B, S, E]
  EncoderOutput forward(const Tensor& hidden_states, const EncoderInputs& inputs);

  nn::ModuleListImpl<BertLayerImpl>& layers() { return *layers_; }

 private:
  std::shared_ptr<nn::ModuleListImpl<BertLayerImpl>> layers_;
};
MODELHOST_MODULE(BertEncoder);

}  // namespace modelhost::plugins::bert
