// One layer of a transformer as the rest of the SDK sees it, and the stack of them.
//
// Legend: B batch, S queries, T keys, E hidden size, H heads, L layers. "B|1" means either.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "modelhost/nn/attention.h"
#include "modelhost/nn/attention_heads.h"
#include "modelhost/nn/cache.h"
#include "modelhost/nn/gradient_checkpointing.h"
#include "modelhost/nn/rotary.h"

namespace modelhost::nn {

/// What every layer of one forward gets, beside the hidden states. Undefined tensors are absent.
struct LayerInputs {
  AttentionPath path = AttentionPath::kEager;
  bool output_attentions = false;
  Tensor mask;  ///< of self attention, as AttentionArguments::mask
  Tensor bias;  ///< of self attention, as AttentionArguments::bias: what all layers share
  Tensor
      head_mask;  ///< of this layer [B|1, H, S|1, T|1]; a stack is given those of all, [L, B|1, H, S|1, T|1]
  Tensor encoder_states;  ///< [B, T, E]: cross attention attends to them
  Tensor encoder_mask;    ///< of cross attention
  Rotation rotation;
  Cache* cache = nullptr;   ///< where self attention finds the tokens before these
  bool uses_cache = false;  ///< the caller wants a cache filled, whether it gave one or not (`use_cache`)

  /// What self attention is called with, and cross attention.
  AttentionArguments self_arguments(bool training) const;
  AttentionArguments cross_arguments(bool training) const;
};

struct LayerOutput {
  Tensor hidden_states;     ///< [B, S, E]
  Tensor attentions;        ///< [B, H, S, T]
  Tensor cross_attentions;  ///< [B, H, S, T]
};

/// The base of layers: what differs between architectures is `compute`. A layer can be computed twice for
/// less memory (see GradientCheckpointingLayer); head mask, encoder states and bias get their gradients then,
/// too.
class TransformerLayer : public GradientCheckpointingLayer {
 public:
  /// x [B, S, E]
  LayerOutput forward(const Tensor& x, const LayerInputs& inputs);

  /// Where the heads of self attention are; unset: they cannot be pruned.
  virtual std::optional<AttentionHeads> heads() { return std::nullopt; }

 protected:
  virtual LayerOutput compute(const Tensor& x, const LayerInputs& inputs) = 0;
};

/// What a stack computes. Lists that were not asked for are empty.
struct StackOutput {
  Tensor last_hidden_state;  ///< [B, S, E]
  /// L + 1 times [B, S, E]: the input of every layer, and the output of the last one.
  std::vector<Tensor> hidden_states;
  std::vector<Tensor> attentions, cross_attentions;  ///< L times [B, H, S, T]
};

/// The layers of a model, named "0", "1", …
class LayerStackImpl : public ModuleListImpl<TransformerLayer> {
 public:
  /// `count` layers, made by make(index).
  template <typename Make>
  LayerStackImpl(int64_t count, Make&& make) {
    for (int64_t i = 0; i < count; ++i) push_back(make(i));
  }

  /// x [B, S, E] through all layers. `inputs.head_mask` is that of all layers.
  StackOutput forward(Tensor x, const LayerInputs& inputs, bool output_hidden_states);

  /// One entry a layer; empty where a layer does not tell.
  std::vector<AttentionHeads> heads();
};
MODELHOST_MODULE(LayerStack);

}  // namespace modelhost::nn
