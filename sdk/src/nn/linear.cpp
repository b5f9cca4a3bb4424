#include "modelhost/nn/linear.h"

#include <ATen/ops/linear.h>

namespace modelhost::nn {

LinearImpl::LinearImpl(int64_t in_features, int64_t out_features, bool with_bias)
    : Projection(in_features, out_features, /*out_dim=*/0, with_bias) {}

Tensor LinearImpl::forward(const Tensor& x) {
  return at::linear(x, weight_, bias_);
}

void LinearImpl::tie_weight(const Tensor& weight) {
  weight_ = weight;
  replace_parameter("weight", weight);
}

void LinearImpl::tie_bias(const Tensor& bias) {
  bias_ = bias;
  replace_parameter("bias", bias);
}

}  // namespace modelhost::nn
