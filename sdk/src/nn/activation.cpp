#include "modelhost/nn/activation.h"

#include <ATen/ops/clamp.h>
#include <ATen/ops/erf.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/mish.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tanh.h>

#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"

namespace modelhost::nn {
namespace {

using at::Tensor;

// The formulas are written term by term as in transformers' activations.py, so that rounding agrees too.
Tensor gelu(const Tensor& x) {
  return at::gelu(x);
}
Tensor gelu_tanh(const Tensor& x) {
  return at::gelu(x, "tanh");
}
Tensor gelu_python(const Tensor& x) {
  return x * 0.5 * (1.0 + at::erf(x / std::sqrt(2.0)));
}
Tensor gelu_10(const Tensor& x) {
  return at::clamp(at::gelu(x), -10, 10);
}
Tensor gelu_new(const Tensor& x) {
  return 0.5 * x * (1.0 + at::tanh(std::sqrt(2.0 / M_PI) * (x + 0.044715 * at::pow(x, 3.0))));
}
Tensor gelu_fast(const Tensor& x) {
  return 0.5 * x * (1.0 + at::tanh(x * 0.7978845608 * (1.0 + 0.044715 * x * x)));
}
Tensor gelu_accurate(const Tensor& x) {
  return 0.5 * x * (1 + at::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * at::pow(x, 3))));
}
Tensor quick_gelu(const Tensor& x) {
  return x * at::sigmoid(1.702 * x);
}
Tensor laplace(const Tensor& x) {
  return 0.5 * (1.0 + at::erf((x - 0.707107).div(0.282095 * std::sqrt(2.0))));
}
Tensor leaky_relu(const Tensor& x) {
  return at::leaky_relu(x);
}
Tensor linear(const Tensor& x) {
  return x;
}
Tensor mish(const Tensor& x) {
  return at::mish(x);
}
Tensor relu(const Tensor& x) {
  return at::relu(x);
}
Tensor relu2(const Tensor& x) {
  return at::relu(x).square();
}
Tensor relu6(const Tensor& x) {
  return at::hardtanh(x, 0, 6);
}
Tensor sigmoid(const Tensor& x) {
  return at::sigmoid(x);
}
Tensor silu(const Tensor& x) {
  return at::silu(x);
}
Tensor tanh(const Tensor& x) {
  return at::tanh(x);
}

constexpr std::array kActivations = std::to_array<std::pair<std::string_view, Activation>>({
    {"gelu", gelu},
    {"gelu_10", gelu_10},
    {"gelu_accurate", gelu_accurate},
    {"gelu_fast", gelu_fast},
    {"gelu_new", gelu_new},
    {"gelu_python", gelu_python},
    {"gelu_pytorch_tanh", gelu_tanh},
    {"gelu_python_tanh", gelu_new},
    {"laplace", laplace},
    {"leaky_relu", leaky_relu},
    {"linear", linear},
    {"mish", mish},
    {"quick_gelu", quick_gelu},
    {"relu", relu},
    {"relu2", relu2},
    {"relu6", relu6},
    {"sigmoid", sigmoid},
    {"silu", silu},
    {"swish", silu},
    {"tanh", tanh},
});

}  // namespace

Activation activation(std::string_view name, std::string_view key) {
  std::vector<std::string> names;
  for (const auto& [known, function] : kActivations) {
    if (known == name) return function;
    names.emplace_back(known);
  }
  Error error(codes::kConfigChoice, "unknown activation function");
  error.key(std::string(key)).expected(join(names, ", ")).got(quote(name));
  if (const std::string near = nearest_name(name, names); !near.empty())
    error.fix("did you mean " + near + "?");
  throw error;
}

}  // namespace modelhost::nn
