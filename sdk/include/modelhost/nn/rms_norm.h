// Normalisation by the root of the mean square over the last dimension.
#pragma once

#include "modelhost/nn/module.h"

namespace modelhost::nn {

/// LlamaRMSNorm: computed in float32, cast back, then multiplied by `weight` [size].
class RMSNormImpl : public Module {
 public:
  RMSNormImpl(int64_t size, double eps)
      : eps_(eps), weight_(declare_parameter("weight", {size}, Init::ones())) {}

  /// x [..., size] -> [..., size].
  Tensor forward(const Tensor& x);

  const Tensor& weight() const { return weight_; }

 private:
  double eps_;
  Tensor weight_;
};
MODELHOST_MODULE(RMSNorm);

}  // namespace modelhost::nn
