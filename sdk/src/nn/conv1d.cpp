#include "modelhost/nn/conv1d.h"

#include <ATen/ops/addmm.h>

namespace modelhost::nn {

Conv1DImpl::Conv1DImpl(int64_t in_features, int64_t out_features)
    : Projection(in_features, out_features, /*out_dim=*/1, /*with_bias=*/true) {}

Tensor Conv1DImpl::forward(const Tensor& x) {
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = out_features();
  // Not at::linear on a transposed view: addmm is what the reference calls, so rounding agrees.
  return at::addmm(bias_, x.reshape({-1, in_features()}), weight_).view(shape);
}

}  // namespace modelhost::nn
