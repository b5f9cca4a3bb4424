#include "modelhost/nn/rms_norm.h"

#include <ATen/TensorOperators.h>

namespace modelhost::nn {

Tensor RMSNormImpl::forward(const Tensor& x) {
  const Tensor wide = x.to(at::kFloat);
  const Tensor variance = wide.pow(2).mean(-1, /*keepdim=*/true);
  return weight_ * (wide * (variance + eps_).rsqrt()).to(x.scalar_type());
}

}  // namespace modelhost::nn
