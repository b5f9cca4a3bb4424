#include "modelhost/nn/module.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch_test_macros.hpp>

#include "modelhost/nn/convolution.h"
#include "modelhost/nn/linear.h"

namespace modelhost::nn {
namespace {

struct PathsImpl : Module {
  PathsImpl() {
    query = register_at("attention.self.query", Linear(2, 2));
    output = register_at("attention.output", Linear(2, 3));
    plain = register_at("plain", Linear(2, 1));
    scale = declare_parameter("scale", {1}, Init::ones());
  }
  Linear query{nullptr}, output{nullptr}, plain{nullptr};
  at::Tensor scale;
};

TEST_CASE("modules stand under the path they were registered at, in that order") {
  const PathsImpl module;
  std::vector<std::string> names;
  for (const auto& parameter : module.named_parameters()) names.push_back(parameter.key());
  CHECK(names == std::vector<std::string>{"scale", "attention.self.query.weight", "attention.self.query.bias",
                                          "attention.output.weight", "attention.output.bias", "plain.weight",
                                          "plain.bias"});
}

TEST_CASE("a placeholder is known as one, also of one element, until it has memory of its own") {
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{1}, {}, {3, 4}, {1, 1}}) {
    at::Tensor parameter = make_placeholder(shape, at::kFloat);
    CHECK(is_placeholder(parameter));
    // Memory that somebody used before: zeros are promised all the same.
    { const at::Tensor dirt = at::full({64}, 7.0F); }
    materialize(parameter);
    CHECK_FALSE(is_placeholder(parameter));
    CHECK(parameter.equal(at::zeros(shape)));
  }
  CHECK_FALSE(is_placeholder(at::zeros({1})));
  CHECK_FALSE(is_placeholder(at::zeros({1}).expand({3, 4})));
}

TEST_CASE("rules of initialisation fill as torch.nn.init does") {
  at::Tensor x = at::empty({20000});
  Init::normal(0.5, 2).fill(x);
  CHECK(std::abs(x.mean().item<double>() - 2) < 0.02);
  CHECK(std::abs(x.std().item<double>() - 0.5) < 0.02);
  Init::trunc_normal(2).fill(x);
  CHECK(x.abs().max().item<double>() <= 2);
  CHECK(std::abs(x.std().item<double>() - 1.08) < 0.03);  // of N(0, 4) cut off at one deviation
  at::Tensor half = at::empty({4}, at::kHalf);
  Init::trunc_normal(0.02).fill(half);
  CHECK(half.isfinite().all().item<bool>());
  Init::ones().fill(half);
  CHECK(half.eq(1).all().item<bool>());
}

TEST_CASE("convolutions are those of torch.nn, with stride, padding and groups") {
  Conv2d conv(ConvolutionSizes<2>{.in_channels = 4,
                                  .out_channels = 6,
                                  .kernel = {3, 2},
                                  .stride = {2, 1},
                                  .padding = {1, 0},
                                  .groups = 2});
  for (auto& parameter : conv->parameters()) parameter.set_data(at::randn(parameter.sizes()));
  const at::Tensor image = at::randn({2, 4, 7, 5});
  CHECK(conv->weight().sizes() == at::IntArrayRef{6, 2, 3, 2});
  CHECK(conv(image).equal(at::conv2d(image, conv->weight(), conv->bias(), {2, 1}, {1, 0}, {1, 1}, 2)));
  Conv1d without_bias(ConvolutionSizes<1>{.in_channels = 3, .out_channels = 2, .kernel = {4}, .bias = false});
  for (auto& parameter : without_bias->parameters()) parameter.set_data(at::randn(parameter.sizes()));
  const at::Tensor sound = at::randn({1, 3, 9});
  CHECK_FALSE(without_bias->bias().defined());
  CHECK(without_bias(sound).equal(at::conv1d(sound, without_bias->weight())));
}

}  // namespace
}  // namespace modelhost::nn
