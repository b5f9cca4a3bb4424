// Less memory for training: what a layer computed is forgotten, and computed again for its gradients.
#pragma once

#include <functional>
#include <vector>

#include "modelhost/nn/module.h"

namespace modelhost::nn {

/// transformers' `GradientCheckpointingLayer`: the base of layers that can be computed twice. A derived
/// class's forward leaves its work to `checkpointed`:
///
///     FooOutput FooLayerImpl::forward(const Tensor& hidden_states, const Tensor& mask) {
///       return {checkpointed({hidden_states}, [&, mask](const TensorList& x) -> TensorList {
///         return {compute(x[0], mask)};
///       })[0]};
///     }
class GradientCheckpointingLayer : public Module {
 public:
  using TensorList = std::vector<Tensor>;
  /// Must give the same result each time, and own what it uses beside `inputs` and the layer: it is called
  /// again in the backward pass.
  using Computation = std::function<TensorList(const TensorList& inputs)>;

  /// Whether the layer is computed twice in train mode (PreTrainedModel::gradient_checkpointing_enable).
  bool gradient_checkpointing() const { return gradient_checkpointing_; }
  void set_gradient_checkpointing(bool value) { gradient_checkpointing_ = value; }
  /// Whether the next forward will be computed twice.
  bool recomputes() const;

 protected:
  /// compute(inputs). While the layer recomputes, only `inputs` and results are kept for the backward pass,
  /// which restores the random state and calls `compute` again. Gradients reach `inputs` and the layer's
  /// parameters (torch.utils.checkpoint with use_reentrant=False); tensors that `compute` owns get none.
  /// Inputs and results may be undefined.
  TensorList checkpointed(const TensorList& inputs, Computation compute);

 private:
  bool gradient_checkpointing_ = false;
};

}  // namespace modelhost::nn
