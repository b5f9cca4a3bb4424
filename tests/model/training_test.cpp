#include <ATen/core/grad_mode.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <malloc.h>
#include <torch/csrc/autograd/autograd.h>

#include "modelhost/base/error_codes.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/model/training.h"
#include "support/attention_model.h"
#include "support/error_of.h"
#include "support/resident_memory.h"
#include "support/sample_model.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost {
namespace {

using test::attention_model;
using test::AttentionConfig;
using test::AttentionForMaskedLM;
using test::error_of;

struct Trained {
  at::Tensor loss;
  std::vector<at::Tensor> gradients;
};

Trained train_once(AttentionForMaskedLM& model, const NamedTensors& inputs, uint64_t seed) {
  at::manual_seed(seed);
  model.zero_grad();
  Trained trained;
  trained.loss = model(inputs).at("loss");
  trained.loss.backward();
  for (const StateEntry& entry : state_dict(model)) trained.gradients.push_back(entry.tensor.grad().clone());
  return trained;
}

NamedTensors labelled_ids(int64_t rows = 2) {
  NamedTensors inputs = {{"input_ids", at::randint(0, 11, {rows, 7}, at::kLong)}};
  inputs.set("labels", inputs.at("input_ids"));
  return inputs;
}

TEST_CASE("gradient checkpointing gives equal gradients, also with dropout, and computes twice") {
  for (const double dropout : {0.0, 0.4}) {
    INFO(dropout);
    auto config = std::make_shared<AttentionConfig>();
    config->dropout = dropout;
    const auto model = attention_model<AttentionForMaskedLM>(config);
    model->train();
    const NamedTensors inputs = labelled_ids();
    const Trained plain = train_once(*model, inputs, 3);
    gradient_checkpointing_enable(*model);
    CHECK(is_gradient_checkpointing(*model));
    auto& layer = (*model->model->layer)[0];
    layer.computed = 0;
    const Trained checkpointed = train_once(*model, inputs, 3);
    CHECK(layer.computed == 2);
    CHECK(plain.loss.equal(checkpointed.loss));
    for (std::size_t i = 0; i < plain.gradients.size(); ++i)
      CHECK(plain.gradients[i].equal(checkpointed.gradients[i]));
    gradient_checkpointing_disable(*model);
    CHECK_FALSE(is_gradient_checkpointing(*model));
  }
}

// Anonymous memory that a forward leaves behind for the backward pass.
int64_t kept_for_backward(AttentionForMaskedLM& model, const NamedTensors& inputs) {
  ::malloc_trim(0);
  const auto before = static_cast<int64_t>(test::resident("RssAnon:"));
  const at::Tensor loss = model(inputs).at("loss");
  ::malloc_trim(0);
  const auto after = static_cast<int64_t>(test::resident("RssAnon:"));
  loss.backward();
  return after - before;
}

TEST_CASE("gradient checkpointing keeps a small part of the memory between forward and backward") {
  auto config = std::make_shared<AttentionConfig>();
  config->hidden_size = 64, config->layers = 8, config->max_position_embeddings = 512;
  const auto model = attention_model<AttentionForMaskedLM>(config);
  model->train();
  NamedTensors inputs = {{"input_ids", at::randint(0, 11, {2, 512}, at::kLong)}};
  inputs.set("labels", inputs.at("input_ids"));
  kept_for_backward(*model, inputs);  // what is allocated once
  const int64_t plain = kept_for_backward(*model, inputs);
  gradient_checkpointing_enable(*model);
  const int64_t checkpointed = kept_for_backward(*model, inputs);
  INFO(plain << " and " << checkpointed);
  CHECK(plain > 8 * 2 * 4 * 512 * 512 * 4);  // at least the probabilities of every layer
  CHECK(checkpointed < plain / 4);
}

TEST_CASE("in eval mode, and without gradients, nothing is computed twice") {
  const auto model = attention_model<AttentionForMaskedLM>();
  gradient_checkpointing_enable(*model);
  auto& layer = (*model->model->layer)[0];
  const NamedTensors inputs = labelled_ids();
  (*model)(inputs).at("loss").backward();
  CHECK(layer.computed == 1);
  model->train();
  const at::NoGradGuard no_grad;
  CHECK_FALSE((*model)(inputs).at("loss").requires_grad());
  CHECK(layer.computed == 2);
}

TEST_CASE(
    "checkpointed layers train where everything before them is frozen, and draw on what is random once") {
  auto config = std::make_shared<AttentionConfig>();
  config->dropout = 0.5;
  const auto model = attention_model<AttentionForMaskedLM>(config);
  model->train();
  model->model->embed->weight().set_requires_grad(false);
  model->model->positions->weight().set_requires_grad(false);
  gradient_checkpointing_enable(*model);
  at::manual_seed(1);
  const at::Tensor loss = (*model)(labelled_ids()).at("loss");
  const at::Tensor next = at::randn({2});
  at::manual_seed(2);
  loss.backward();
  const at::Tensor after = at::randn({2});
  at::manual_seed(2);
  CHECK(at::randn({2}).equal(after));  // the backward pass left the random state alone
  CHECK(next.defined());
  CHECK((*model->model->layer)[0].value->weight().grad().abs().sum().item<double>() > 0);
}

TEST_CASE("a layer that fails in the backward pass leaves the random state alone too") {
  struct FailingLayer : nn::GradientCheckpointingLayer {
    at::Tensor forward(const at::Tensor& x) {
      return checkpointed({x}, [this](const TensorList& in) -> TensorList {
        if (calls++ > 0) throw std::runtime_error("the second time");
        return {in[0] * at::randn({2})};
      })[0];
    }
    int calls = 0;
  };
  const auto layer = std::make_shared<FailingLayer>();
  layer->train();
  layer->set_gradient_checkpointing(true);
  at::manual_seed(1);
  const at::Tensor result = layer->forward(at::randn({2}).requires_grad_()).sum();
  at::manual_seed(2);
  CHECK_THROWS(result.backward());
  const at::Tensor after = at::randn({2});
  at::manual_seed(2);
  CHECK(at::randn({2}).equal(after));
}

TEST_CASE("a checkpointed graph outlives the model's handle, and works in torch::autograd::grad") {
  auto model = attention_model<AttentionForMaskedLM>();
  model->train();
  gradient_checkpointing_enable(*model);
  at::Tensor loss = (*model)(labelled_ids()).at("loss");
  const at::Tensor weight = (*model->model->layer)[1].out->weight();
  model.reset();
  const auto gradients = torch::autograd::grad({loss}, {weight});
  CHECK(gradients.at(0).sizes() == weight.sizes());
}

TEST_CASE("a model without such layers does not support gradient checkpointing") {
  const auto model =
      model_spec<test::SampleModel>("SampleModel").make_model(std::make_shared<test::SampleConfig>());
  CHECK_FALSE(supports_gradient_checkpointing(*model));
  CHECK(error_of([&] { gradient_checkpointing_enable(*model); }).code() == codes::kModelOption.id);
  CHECK_NOTHROW(gradient_checkpointing_disable(*model));
}

TEST_CASE("an old config that asks for gradient checkpointing gets it, and the key goes") {
  auto config = std::make_shared<AttentionConfig>();
  config->read({{"gradient_checkpointing", true}}, "config.json");
  const auto model = attention_model<AttentionForMaskedLM>(config);
  CHECK(is_gradient_checkpointing(*model));
  CHECK_FALSE(config->extra.contains("gradient_checkpointing"));
}

TEST_CASE("results of frozen embeddings require gradients when that is asked for") {
  const auto model = attention_model<AttentionForMaskedLM>();
  for (const at::Tensor& parameter : model->parameters()) parameter.set_requires_grad(false);
  const at::Tensor ids = at::randint(0, 11, {1, 4}, at::kLong);
  CHECK_FALSE(model->model->embed(ids).requires_grad());
  enable_input_require_grads(*model);
  CHECK(model->model->embed(ids).requires_grad());
  CHECK((*model)({{"input_ids", ids}}).at("logits").requires_grad());
  disable_input_require_grads(*model);
  CHECK_FALSE(model->model->embed(ids).requires_grad());
}

}  // namespace
}  // namespace modelhost
