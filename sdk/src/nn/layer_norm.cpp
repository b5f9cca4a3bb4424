#include "modelhost/nn/layer_norm.h"

#include <ATen/ops/layer_norm.h>

namespace modelhost::nn {

LayerNormImpl::LayerNormImpl(int64_t size, double eps)
    : eps_(eps), weight_(declare_parameter("weight", {size})), bias_(declare_parameter("bias", {size})) {}

Tensor LayerNormImpl::forward(const Tensor& x) {
  return at::layer_norm(x, weight_.sizes(), weight_, bias_, eps_);
}

}  // namespace modelhost::nn
