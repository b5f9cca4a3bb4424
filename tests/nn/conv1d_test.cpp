#include "modelhost/nn/conv1d.h"

#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>

#include <catch2/catch_test_macros.hpp>

#include "modelhost/model/pretrained_model.h"

namespace modelhost {
namespace {

// A layer whose parameters are random.
nn::Conv1D random_layer(int64_t in_features, int64_t out_features) {
  nn::Conv1D layer(in_features, out_features);
  for (at::Tensor& parameter : layer->parameters()) {
    parameter.set_data(at::randn(parameter.sizes(), parameter.options().requires_grad(false)));
  }
  return layer;
}

// A model that is nothing but one such layer, for the rule that all models have.
class OneLayerModel : public PreTrainedModel {
 public:
  OneLayerModel() : PreTrainedModel(std::make_shared<PretrainedConfig>()) {
    layer_ = register_module("layer", nn::Conv1D(40, 50));
  }
  NamedTensors forward(const NamedTensors&, const ForwardOptions&) override { return {}; }
  std::vector<std::string> input_names() const override { return {}; }
  nn::Conv1DImpl& layer() { return *layer_; }

 private:
  nn::Conv1D layer_{nullptr};
};

TEST_CASE("a Conv1D keeps its weight as [in, out] and costs nothing until weights arrive") {
  const nn::Conv1D layer(3, 5);
  CHECK(layer->weight().sizes() == at::IntArrayRef{3, 5});
  CHECK(layer->bias().sizes() == at::IntArrayRef{5});
  CHECK(nn::is_placeholder(layer->weight()));
  CHECK(layer->in_features() == 3);
  CHECK(layer->out_features() == 5);
}

TEST_CASE("a Conv1D computes what a linear layer with the transposed weight computes") {
  nn::Conv1D layer = random_layer(3, 5);
  for (const std::vector<int64_t>& shape :
       {std::vector<int64_t>{3}, {4, 3}, {2, 4, 3}, {2, 1, 4, 3}, {0, 3}}) {
    CAPTURE(shape);
    const at::Tensor x = at::randn(shape);
    std::vector<int64_t> wanted = shape;
    wanted.back() = 5;
    const at::Tensor y = layer->forward(x);
    CHECK(y.sizes() == at::IntArrayRef(wanted));
    CHECK(y.allclose(at::linear(x, layer->weight().t(), layer->bias()), 1e-5, 1e-6));
  }
}

TEST_CASE("a Conv1D takes inputs that are not contiguous") {
  nn::Conv1D layer = random_layer(3, 5);
  const at::Tensor x = at::randn({3, 4, 2}).permute({2, 1, 0});
  CHECK(layer->forward(x).equal(layer->forward(x.contiguous())));
}

TEST_CASE("the default rule initialises a Conv1D as a linear layer: normal weights, no bias") {
  OneLayerModel model;
  model.init_weights();
  CHECK(model.layer().bias().eq(0).all().item<bool>());
  CHECK(std::abs(model.layer().weight().std().item<double>() - 0.02) < 0.002);
  CHECK(std::abs(model.layer().weight().mean().item<double>()) < 0.003);
}

}  // namespace
}  // namespace modelhost
