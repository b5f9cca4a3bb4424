#include "new_rows.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/isclose.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/normal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <cmath>

namespace modelhost {
namespace {

using at::Tensor;

constexpr double kSpread = 1e-9;             // of the old rows' covariance
constexpr double kSymmetryTolerance = 1e-6;  // torch.distributions.constraints.positive_definite

bool is_positive_definite(const Tensor& matrix) {
  const Tensor symmetric = at::isclose(matrix, matrix.mT(), /*rtol=*/1e-5, kSymmetryTolerance);
  if (!symmetric.all().item<bool>()) return false;
  return std::get<1>(at::linalg_cholesky_ex(matrix)).eq(0).all().item<bool>();
}

}  // namespace

Tensor rows_around_mean(const Tensor& old, int64_t added) {
  const Tensor rows = old.to(at::kFloat);
  const Tensor mean = rows.mean(0);
  const Tensor centered = rows - mean;
  const Tensor covariance = kSpread * (at::matmul(centered.t(), centered) / rows.size(0));  // [width, width]
  if (!is_positive_definite(covariance)) return mean.unsqueeze(0).repeat({added, 1}).to(old.scalar_type());
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
