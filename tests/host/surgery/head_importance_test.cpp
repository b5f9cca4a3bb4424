#include "modelhost/host/surgery/head_importance.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "modelhost/base/error_codes.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/model/surgery.h"
#include "support/attention_model.h"
#include "support/error_of.h"
#include "support/sample_model.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost::host {
namespace {

using at::Tensor;
using test::attention_model;
using test::AttentionForMaskedLM;
using test::AttentionModel;

std::vector<NamedTensors> some_examples() {
  std::vector<NamedTensors> examples;
  for (const int64_t length : {3, 5, 9})
    examples.push_back({{"input_ids", at::randint(0, 11, {1, length}, at::kLong)}});
  return examples;
}

// [L, H], the mean over examples of |d objective / d head_mask|, averaged over the objective's values.
Tensor by_head_mask(PreTrainedModel& model, const std::vector<NamedTensors>& examples, int64_t heads) {
  const at::AutoGradMode gradients(true);
  HeadObjective objective;
  Tensor sum = at::zeros({3, heads});
  for (const NamedTensors& example : examples) {
    NamedTensors inputs = with_labels(model, example);
    const Tensor mask = at::ones({3, heads}).requires_grad_(true);
    inputs.set("head_mask", mask);
    const Tensor values = objective(inputs, model(inputs));
    for (int64_t i = 0; i < values.size(0); ++i)
      sum += torch::autograd::grad({values[i]}, {mask}, {}, /*retain_graph=*/true)[0].abs() / values.size(0);
  }
  return sum / static_cast<int64_t>(examples.size());
}

void check_agrees(PreTrainedModel& model, int64_t heads) {
  const std::vector<NamedTensors> examples = some_examples();
  const Tensor expected = by_head_mask(model, examples, heads);
  HeadMeter meter(model);
  for (const NamedTensors& example : examples) meter.add(example);
  const std::vector<LayerImportance> layers = meter.result();
  REQUIRE(layers.size() == 3);
  for (int64_t layer = 0; layer < 3; ++layer) {
    REQUIRE(layers[layer].importance.size() == static_cast<std::size_t>(heads));
    for (int64_t head = 0; head < heads; ++head) {
      const double wanted = expected[layer][head].item<double>(), got = layers[layer].importance[head];
      CAPTURE(layer, head, wanted, got);
      CHECK(wanted > 0);
      CHECK(std::abs(got - wanted) <= 1e-4 * wanted);
    }
  }
}

TEST_CASE("importance is what the derivative of a head mask gives, for a loss and for an output") {
  check_agrees(*attention_model<AttentionForMaskedLM>(), 4);
  check_agrees(*attention_model<AttentionModel>(), 4);
}

TEST_CASE("a pruned model is measured like any other, and its heads keep their first numbers") {
  const auto model = attention_model<AttentionForMaskedLM>();
  prune_heads(*model, {{0, {1, 2}}, {1, {0, 3}}, {-1, {0, 1}}});
  check_agrees(*model, 2);
  HeadMeter meter(*model);
  const auto layers = meter.result();
  CHECK(layers[0].heads == std::vector<int64_t>{0, 3});
  CHECK(layers[1].heads == std::vector<int64_t>{1, 2});
  CHECK(layers[2].heads == std::vector<int64_t>{2, 3});
  CHECK(layers[2].first_heads == 4);
}

TEST_CASE("the objective is the loss where there is one, else the visible mean of an output") {
  const auto model = attention_model<AttentionForMaskedLM>();
  HeadMeter meter(*model);
  meter.add(some_examples().front());
  CHECK(meter.objective() == "the loss");
  CHECK(meter.examples() == 1);
  HeadObjective objective;
  const Tensor output = at::tensor({1.0F, 2.0F, 3.0F, 4.0F, 100.0F, 100.0F}).view({1, 3, 2});
  const Tensor mask = at::tensor(std::vector<int64_t>{1, 1, 0}, at::kLong).view({1, 3});
  const Tensor masked = objective({{"attention_mask", mask}}, {{"last_hidden_state", output}});
  const Tensor mean = objective({}, {{"vector", at::tensor({2.0F, 3.0F}).view({1, 2})}});
  CHECK(masked.sizes() == at::IntArrayRef({HeadObjective::kDirections}));
  CHECK(masked.equal(mean));
}

TEST_CASE("labels are the ids that the attention mask shows") {
  const auto model = attention_model<AttentionForMaskedLM>();
  const Tensor ids = at::tensor(std::vector<int64_t>{4, 5, 6}, at::kLong).view({1, 3});
  const Tensor mask = at::tensor(std::vector<int64_t>{1, 1, 0}, at::kLong).view({1, 3});
  const NamedTensors labelled = with_labels(*model, {{"input_ids", ids}, {"attention_mask", mask}});
  CHECK(labelled.at("labels").flatten().equal(at::tensor(std::vector<int64_t>{4, 5, -100}, at::kLong)));
  CHECK_FALSE(with_labels(*attention_model<AttentionModel>(), {{"input_ids", ids}}).contains("labels"));
}

TEST_CASE("the least important heads are chosen over all layers, never all of one") {
  const std::vector<LayerImportance> layers = {
      {{0, 1, 2}, {3, 1, 2}, 3}, {{1, 4}, {0.1, 0.1}, 5}, {{0}, {1}, 1}};
  CHECK(least_important(layers, 0).empty());
  CHECK(least_important(layers, 0.33) == HeadsToPrune{{0, {1, 2}}});
  CHECK(least_important(layers, 0.5) == HeadsToPrune{{0, {1, 2}}, {1, {1}}});
  CHECK(least_important(layers, 1) == HeadsToPrune{{0, {1, 2}}, {1, {1}}});
  CHECK(LayerImportance{{0, 1}, {3, 4}, 2}.normalized() == std::vector<double>{0.6, 0.8});
  CHECK(LayerImportance{{0}, {0}, 1}.normalized() == std::vector<double>{0});
}

TEST_CASE("a class without heads and an example without meaning are errors") {
  auto plain =
      model_spec<test::SampleModel>("SampleModel").make_model(std::make_shared<test::SampleConfig>());
  CHECK(test::code_of([&] { HeadMeter meter(*plain); }) == codes::kModelSurgery.id);
  const auto model = attention_model<AttentionForMaskedLM>();
  HeadMeter meter(*model);
  const Tensor ids = at::tensor(std::vector<int64_t>{4, 5}, at::kLong).view({1, 2});
  const Tensor ignored = at::tensor(std::vector<int64_t>{-100, -100}, at::kLong).view({1, 2});
  CHECK(test::code_of([&] { meter.add({{"input_ids", ids}, {"labels", ignored}}); }) == codes::kTaskInput.id);
  CHECK(meter.examples() == 0);
}

}  // namespace
}  // namespace modelhost::host
