// Normalisation over the last dimension.
#pragma once

#include "modelhost/nn/module.h"

namespace modelhost::nn {

/// As torch.nn.LayerNorm over one dimension. Parameters: `weight` and `bias`, both [size].
class LayerNormImpl : public Module {
 public:
  LayerNormImpl(int64_t size, double eps);

  /// x [..., size] -> [..., size].
  Tensor forward(const Tensor& x);

  const Tensor& weight() const { return weight_; }
  const Tensor& bias() const { return bias_; }

 private:
  double eps_;
  Tensor weight_, bias_;
};
MODELHOST_MODULE(LayerNorm);

}  // namespace modelhost::nn
