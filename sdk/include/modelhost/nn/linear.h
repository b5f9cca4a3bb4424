// y = x Wᵀ + b. Every architecture uses this class: it is the one place where a faster kernel would be
// chosen.
#pragma once

#include "modelhost/nn/projection.h"

namespace modelhost::nn {

/// A fully connected layer, as torch.nn.Linear. Parameters: `weight` [out_features, in_features] and, unless
/// `bias` is false, `bias` [out_features].
class LinearImpl : public Projection {
 public:
  LinearImpl(int64_t in_features, int64_t out_features, bool with_bias = true);

  /// x [..., in_features] -> [..., out_features].
  Tensor forward(const Tensor& x);

  /// Weight tying: from now on this layer's weight is `weight`, the same tensor object.
  void tie_weight(const Tensor& weight);
  void tie_bias(const Tensor& bias);
};
MODELHOST_MODULE(Linear);

}  // namespace modelhost::nn
