// Inputs of a model that is not on the CPU. The meta device stands for any other: it is the only one that is
// everywhere.
#include <ATen/ops/ones.h>

#include "modelhost/registry/model_spec.h"
#include "support/sample_model.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost {
namespace {

// One linear layer: unlike an embedding it can be computed on the meta device from C++.
struct LinearModel : PreTrainedModel {
  using config_class = test::SampleConfig;
  static constexpr std::string_view base_model_prefix = "linear", main_input_name = "x";
  static constexpr bool supports_assign_param_buffer = true;

  explicit LinearModel(std::shared_ptr<test::SampleConfig> config)
      : PreTrainedModel(config),
        dense(register_module("dense", nn::Linear(config->hidden_size, config->hidden_size))) {}
  std::vector<std::string> input_names() const override { return {"x"}; }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions&) override {
    return {{"y", dense(inputs.at("x"))}};
  }
  nn::Linear dense;
};

TEST_CASE("a model on another device gets its inputs there, and its outputs stay there") {
  const auto spec = model_spec<LinearModel>("LinearModel");
  const auto on_cpu = spec.make_model(std::make_shared<test::SampleConfig>());
  on_cpu->init_weights();
  const at::Tensor x = at::ones({2, 3, static_cast<const test::SampleConfig&>(on_cpu->config()).hidden_size});
  CHECK((*on_cpu)({{"x", x}}).at("y").is_cpu());
  const nn::ParameterOptions on_meta(at::kFloat, at::kMeta);
  const at::Tensor y = (*spec.make_model(std::make_shared<test::SampleConfig>()))({{"x", x}}).at("y");
  CHECK(y.is_meta());
  CHECK(y.sizes() == x.sizes());
  CHECK(x.is_cpu());
}

}  // namespace
}  // namespace modelhost
