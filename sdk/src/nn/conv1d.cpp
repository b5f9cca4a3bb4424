#include "modelhost/nn/conv1d.h"

#include <ATen/ops/addmm.h>

namespace modelhost::nn {

Conv1DImpl::Conv1DImpl(int64_t in_features, int64_t out_features)
    : weight_(declare_parameter("weight", {in_features, out_features})),
      bias_(declare_parameter("bias", {out_features})) {}

Tensor Conv1DImpl::forward(const Tensor& x) {
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = out_features();
  // Not at::linear on a transposed view: addmm is what the reference calls, so rounding agrees.
  return at::addmm(bias_, x.reshape({-1, in_features()}), weight_).view(shape);
}

}  // namespace modelhost::nn
