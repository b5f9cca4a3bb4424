#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>

#include <algorithm>
#include <random>

#include "modelhost/base/error_codes.h"
#include "modelhost/model/measures.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/model/surgery.h"
#include "modelhost/save/save_pretrained.h"
#include "support/attention_model.h"
#include "support/error_of.h"
#include "support/sample_model.h"
#include "support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost {
namespace {

using test::attention_model;
using test::AttentionConfig;
using test::AttentionForMaskedLM;
using test::AttentionModel;
using test::error_of;

NamedTensors some_ids() {
  return {{"input_ids", at::randint(0, 11, {2, 7}, at::kLong)}};
}

at::Tensor logits_of(PreTrainedModel& model, const NamedTensors& inputs) {
  const at::NoGradGuard no_grad;
  return model(inputs).at("logits");
}

std::vector<at::Tensor> values_of(PreTrainedModel& model) {
  std::vector<at::Tensor> values;
  for (const StateEntry& entry : state_dict(model)) values.push_back(entry.tensor.detach().clone());
  return values;
}

bool equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  return std::ranges::equal(a, b, [](const at::Tensor& x, const at::Tensor& y) { return x.equal(y); });
}

// A model with the same weights as `model`, made and pruned anew.
std::shared_ptr<AttentionForMaskedLM> twin_of(PreTrainedModel& model) {
  auto twin = attention_model<AttentionForMaskedLM>();
  const auto from = state_dict(model), to = state_dict(*twin);
  for (std::size_t i = 0; i < from.size(); ++i) to[i].tensor.detach().copy_(from[i].tensor.detach());
  return twin;
}

TEST_CASE("a model without heads gives what it gives with these heads masked") {
  const auto model = attention_model<AttentionForMaskedLM>();
  NamedTensors inputs = some_ids();
  at::Tensor mask = at::ones({3, 4});
  mask[0][1] = mask[0][3] = mask[2][0] = 0;
  inputs.set("head_mask", mask);
  const at::Tensor masked = logits_of(*model, inputs);
  prune_heads(*model, {{0, {1, 3}}, {-1, {0}}});
  CHECK(masked.allclose(logits_of(*model, {{"input_ids", inputs.at("input_ids")}}), 1e-5, 1e-6));
  CHECK((*model->model->layer)[0].num_heads == 2);
  CHECK((*model->model->layer)[2].value->out_features() == 9);
  CHECK((*model->model->layer)[2].qk->out_features() == 18);
}

TEST_CASE("heads keep their first numbers, and those that are gone are passed over") {
  const auto model = attention_model<AttentionForMaskedLM>();
  const auto twin = twin_of(*model);
  prune_heads(*model, {{1, {0, 2}}});
  prune_heads(*twin, {{1, {2}}});
  prune_heads(*twin, {{1, {2, 0}}});
  prune_heads(*twin, {{1, {0}}});
  CHECK(equal(values_of(*model), values_of(*twin)));
  CHECK(twin->config().pruned_heads == HeadsToPrune{{1, {0, 2}}});
}

TEST_CASE("heads pruned one by one in any order leave the same weights") {
  std::mt19937 random(5);
  const auto original = attention_model<AttentionForMaskedLM>();
  for (int round = 0; round < 20; ++round) {
    std::vector<std::pair<int64_t, int64_t>> heads;
    for (int64_t layer = 0; layer < 3; ++layer) {
      std::vector<int64_t> numbers = {0, 1, 2, 3};
      std::ranges::shuffle(numbers, random);
      for (std::size_t i = 0; i < random() % 4; ++i) heads.emplace_back(layer, numbers[i]);
    }
    const auto at_once = twin_of(*original), one_by_one = twin_of(*original);
    HeadsToPrune all;
    for (const auto& [layer, head] : heads) all[layer].push_back(head);
    prune_heads(*at_once, all);
    std::ranges::shuffle(heads, random);
    for (const auto& [layer, head] : heads)
      prune_heads(*one_by_one, {{random() % 2 ? layer : layer - 3, {head}}});
    CHECK(equal(values_of(*at_once), values_of(*one_by_one)));
  }
}

TEST_CASE("an entry counted from the end and one counted from the start mean the same layer") {
  const auto model = attention_model<AttentionForMaskedLM>();
  prune_heads(*model, {{-1, {0}}});
  prune_heads(*model, {{2, {0, 1}}});
  CHECK((*model->model->layer)[2].num_heads == 2);
  CHECK(model->config().pruned_heads == HeadsToPrune{{-1, {0}}, {2, {0, 1}}});
  const auto again = std::make_shared<AttentionConfig>();
  again->pruned_heads = model->config().pruned_heads;
  CHECK((*attention_model<AttentionModel>(again)->layer)[2].num_heads == 2);
}

TEST_CASE("pruning a wrong layer, a wrong head or all heads changes nothing and names the place") {
  struct Case {
    HeadsToPrune heads;
    const char *key, *expected, *got;
  };
  const std::vector<Case> cases = {
      {{{0, {1}}, {3, {0}}}, "pruned_heads.3", "from -3 to 2", "3"},
      {{{-4, {0}}}, "pruned_heads.-4", "from -3 to 2", "-4"},
      {{{0, {1}}, {1, {4}}}, "pruned_heads.1", "from 0 to 3", "4"},
      {{{1, {-1}}}, "pruned_heads.1", "from 0 to 3", "-1"},
      {{{0, {1}}, {2, {0, 1, 2, 3}}}, "pruned_heads.2", "at least one", "all heads"},
  };
  for (const Case& one : cases) {
    INFO(one.key);
    const auto model = attention_model<AttentionForMaskedLM>();
    prune_heads(*model, {{1, {2}}});
    const auto before = values_of(*model);
    const Error error = error_of([&] { prune_heads(*model, one.heads); });
    CHECK(error.code() == codes::kModelSurgery.id);
    CHECK(error.key() == one.key);
    CHECK(error.expected().find(one.expected) != std::string::npos);
    CHECK(error.got() == one.got);
    CHECK(equal(before, values_of(*model)));
    CHECK(model->config().pruned_heads == HeadsToPrune{{1, {2}}});
    CHECK((*model->model->layer)[0].num_heads == 4);
  }
}

TEST_CASE("the last heads of a layer cannot go in a second step either") {
  const auto model = attention_model<AttentionForMaskedLM>();
  prune_heads(*model, {{0, {0, 1, 2}}});
  CHECK(error_of([&] { prune_heads(*model, {{0, {3}}}); }).key() == "pruned_heads.0");
  CHECK((*model->model->layer)[0].num_heads == 1);
}

TEST_CASE("an architecture that tells nothing about its heads cannot be pruned, and loads no pruned config") {
  const auto model =
      model_spec<test::SampleModel>("SampleModel").make_model(std::make_shared<test::SampleConfig>());
  CHECK(error_of([&] { prune_heads(*model, {{0, {0}}}); }).got() == "SampleModel");
  const auto config = std::make_shared<test::SampleConfig>();
  config->pruned_heads = {{0, {0}}};
  const Error error = error_of([&] { model_spec<test::SampleModel>("SampleModel").make_model(config); });
  CHECK(error.code() == codes::kConfigInconsistent.id);
}

TEST_CASE("heads that a config prunes and does not have are named") {
  const auto config = std::make_shared<AttentionConfig>();
  config->pruned_heads = {{1, {7}}};
  const Error error = error_of([&] { attention_model<AttentionModel>(config); });
  CHECK(error.code() == codes::kConfigInconsistent.id);
  CHECK(error.key() == "pruned_heads.1");
  CHECK(error.got() == "7");
}

TEST_CASE("a description of heads that does not fit the weights is an error of its author") {
  struct WrongModel : AttentionModel {
    using AttentionModel::AttentionModel;
    std::vector<nn::AttentionHeads> attention_heads() override {
      auto heads = AttentionModel::attention_heads();
      heads[0].inputs[0].parts = 3;
      return heads;
    }
  };
  const auto model = attention_model<WrongModel>();
  CHECK(error_of([&] { prune_heads(*model, {{0, {0}}}); }).expected() == "projections of 12 features");
}

TEST_CASE("an uninitialised model is pruned without memory") {
  const auto model =
      model_spec<AttentionModel>("AttentionModel").make_model(std::make_shared<AttentionConfig>());
  const int64_t before = num_parameters(*model);
  prune_heads(*model, {{0, {0, 1}}});
  // Of each head: three projections of 12 x 3 and their biases, and 3 x 12 behind it.
  CHECK(before - num_parameters(*model) == 2 * (3 * (12 * 3 + 3) + 3 * 12));
  for (const at::Tensor& parameter : model->parameters()) CHECK(nn::is_placeholder(parameter));
}

TEST_CASE("pruned parameters stay the objects that an optimizer holds, without the old gradients") {
  const auto model = attention_model<AttentionForMaskedLM>();
  model->train();
  NamedTensors inputs = some_ids();
  inputs.set("labels", inputs.at("input_ids"));
  const at::Tensor first_loss = (*model)(inputs).at("loss");  // its graph lives on
  first_loss.backward();
  const at::Tensor weight = (*model->model->layer)[0].value->weight();
  prune_heads(*model, {{0, {2}}});
  CHECK(weight.size(0) == 9);
  CHECK_FALSE(weight.grad().defined());
  (*model)(inputs).at("loss").backward();
  CHECK(weight.grad().sizes() == weight.sizes());
}

}  // namespace
}  // namespace modelhost
