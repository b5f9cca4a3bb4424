// y = x W + b: a linear layer whose weight lies the other way round.
#pragma once

#include "modelhost/nn/projection.h"

namespace modelhost::nn {

/// transformers' `Conv1D`, which OpenAI's first models used for their linear layers. Parameters: `weight`
/// [in_features, out_features] (nn::Linear has it transposed) and `bias` [out_features].
class Conv1DImpl : public Projection {
 public:
  /// The order of the arguments is that of nn::Linear; transformers has (out_features, in_features).
  Conv1DImpl(int64_t in_features, int64_t out_features);

  /// x [..., in_features] -> [..., out_features].
  Tensor forward(const Tensor& x);
};
MODELHOST_MODULE(Conv1D);

}  // namespace modelhost::nn
