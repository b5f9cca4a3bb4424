#include "new_rows.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/normal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>

namespace modelhost {
namespace {

using at::Tensor;

constexpr double kSpread = 1e-9;  // of the old rows' covariance
constexpr double kResolution = std::numeric_limits<float>::epsilon();

bool can_be_factored(const Tensor& matrix) {
  return std::get<1>(at::linalg_cholesky_ex(matrix)).item<int>() == 0;
}

// Whether `covariance` [width, width], computed in float32 from `rows` rows with this mean [width], is positive definite
// whatever the rounding was; Cholesky alone is a lottery where it is singular. Rows no more than columns leave a direction
// out. Otherwise the correlations (Cholesky does not see the columns' scales either) must stay positive definite when what
// rounding can add to an eigenvalue is taken away. A column that is nearly constant may be one but for its mean's rounding.
bool is_positive_definite(const Tensor& covariance, const Tensor& mean, int64_t rows) {
  const int64_t width = covariance.size(0);
  if (rows <= width || !at::isfinite(covariance).all().item<bool>()) return false;
  const Tensor exact = covariance.to(at::kCPU, at::kDouble);
  const Tensor deviation = exact.diagonal().sqrt();
  const Tensor smallest = mean.to(at::kCPU, at::kDouble).abs() * std::sqrt(kSpread * kResolution);
  if (!deviation.gt(smallest).all().item<bool>()) return false;
  Tensor correlation = exact / at::outer(deviation, deviation);
  correlation.diagonal().sub_(static_cast<double>(width + 8) * kResolution);
  return can_be_factored(correlation) && can_be_factored(covariance);
}

}  // namespace

Tensor rows_around_mean(const Tensor& old, int64_t added) {
  const Tensor rows = old.to(at::kFloat);
  const Tensor mean = rows.mean(0);
  const Tensor centered = rows - mean;
  const Tensor covariance = kSpread * (at::matmul(centered.t(), centered) / rows.size(0));  // [width, width]
  if (!is_positive_definite(covariance, mean, rows.size(0)))
    return mean.unsqueeze(0).repeat({added, 1}).to(old.scalar_type());
  const Tensor zeros = at::zeros({added, rows.size(1)}, rows.options());
  const Tensor noise = at::normal(zeros, at::ones_like(zeros));
  const Tensor spread = at::matmul(at::linalg_cholesky(covariance), noise.unsqueeze(-1)).squeeze(-1);
  return (mean + spread).to(old.scalar_type());
}

Tensor elements_around_mean(const Tensor& old, int64_t added) {
  const double mean = old.mean(at::IntArrayRef{0}, /*keepdim=*/false, at::kFloat).item<double>();
  const double deviation = old.std(/*unbiased=*/true).to(at::kFloat).item<double>();
  const double spread = std::isfinite(deviation) ? kSpread * deviation : 0;  // one element has no deviation
  return at::empty({added}, old.options().requires_grad(false)).normal_(mean, spread);
}

}  // namespace modelhost
