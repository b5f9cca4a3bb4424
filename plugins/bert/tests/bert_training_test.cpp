// What the conformance kit does not try: training to the end, after surgery.
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randint.h>

#include "bert_test_support.h"
#include "modelhost/model/surgery.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost::plugins::bert {
namespace {

TEST_CASE("a tiny BERT overfits one batch, also after heads and tokens were taken away") {
  at::manual_seed(3);  // not every beginning ends there in so few steps
  const auto config = small_config();
  config->hidden_dropout_prob = config->attention_probs_dropout_prob = 0;
  config->initializer_range = 0.3;
  const auto model = make_model<BertForMaskedLM>(config);
  prune_heads(*model, {{0, {1}}, {-1, {0, 2}}});
  resize_token_embeddings(*model, 14);
  model->train();
  NamedTensors inputs = {{"input_ids", at::randint(1, 14, {2, 6}, at::kLong)}};
  inputs.set("labels", inputs.at("input_ids"));
  double loss = 1;
  for (int step = 0; step < 4000 && loss >= 0.1; ++step) {  // how many depends on what it began with
    model->zero_grad();
    const at::Tensor result = (*model)(inputs).at("loss");
    loss = result.item<double>();
    result.backward();
    const at::NoGradGuard no_grad;
    for (const at::Tensor& parameter : model->parameters()) {
      if (parameter.grad().defined()) parameter.add_(parameter.grad().clamp(-1, 1), -0.1);
    }
  }
  CHECK(loss < 0.1);
}

}  // namespace
}  // namespace modelhost::plugins::bert
