#include "modelhost/nn/init.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <cmath>

namespace modelhost::nn {
namespace {

constexpr double kCut = 2;

double normal_cdf(double x) {
  return (1 + std::erf(x / std::sqrt(2.0))) / 2;
}

// The inverse of the distribution function, applied to uniform numbers
// (torch.nn.init._no_grad_trunc_normal_).
void fill_truncated(const at::Tensor& tensor, double mean, double std_dev) {
  const at::Tensor wide = at::empty(tensor.sizes(), tensor.options().dtype(at::kFloat));
  const double low = normal_cdf((-kCut - mean) / std_dev), high = normal_cdf((kCut - mean) / std_dev);
  wide.uniform_(2 * low - 1, 2 * high - 1)
      .erfinv_()
      .mul_(std_dev * std::sqrt(2.0))
      .add_(mean)
      .clamp_(-kCut, kCut);
  tensor.copy_(wide);
}

}  // namespace

void Init::fill(at::Tensor tensor) const {
  const at::NoGradGuard no_grad;
  tensor = tensor.data();
  if (kind == Kind::kConstant) {
    tensor.fill_(value);
  } else if (std_dev == 0) {
    tensor.fill_(value);
  } else if (kind == Kind::kNormal) {
    tensor.normal_(value, std_dev);
  } else {
    fill_truncated(tensor, value, std_dev);
  }
}

}  // namespace modelhost::nn
