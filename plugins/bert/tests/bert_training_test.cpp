// Every class can be trained, and gradient checkpointing changes memory, not gradients.
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include <cmath>

#include "bert_test_support.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/model/surgery.h"
#include "modelhost/model/training.h"

#include <catch2/catch_template_test_macros.hpp>

namespace modelhost::plugins::bert {
namespace {

using Gradients = std::vector<std::pair<std::string, at::Tensor>>;

template <typename Model>
NamedTensors inputs_of() {
  if constexpr (std::is_same_v<Model, BertForMultipleChoice>) return ids_of_shape({2, 3, 6});
  return ids_of_shape({2, 6});
}

// Of a sum of all that the model computes, with random factors.
Gradients gradients_of(PreTrainedModel& model, const NamedTensors& inputs) {
  at::manual_seed(5);
  model.zero_grad();
  at::Tensor sum;
  const NamedTensors outputs = model(inputs);
  for (const auto& [name, output] : outputs) {
    const at::Tensor weighted = (output * at::randn(output.sizes())).sum();
    sum = sum.defined() ? sum + weighted : weighted;
  }
  sum.backward();
  Gradients gradients;
  for (const StateEntry& entry : state_dict(model)) {
    if (!entry.is_buffer)
      gradients.emplace_back(entry.name,
                             entry.tensor.grad().defined() ? entry.tensor.grad().clone() : at::Tensor());
  }
  return gradients;
}

TEMPLATE_TEST_CASE("gradients reach every parameter, and checkpointing leaves them equal, in BERT", "",
                   BertModel, BertForPreTraining, BertForMaskedLM, BertLMHeadModel,
                   BertForNextSentencePrediction, BertForSequenceClassification, BertForMultipleChoice,
                   BertForTokenClassification, BertForQuestionAnswering) {
  for (const char* attention : {"eager", "sdpa"}) {
    const auto config = small_config();
    config->hidden_dropout_prob = config->attention_probs_dropout_prob = 0.2;
    config->attn_implementation = attention;
    const auto model = make_model<TestType>(config);
    model->train();
    const NamedTensors inputs = inputs_of<TestType>();
    const Gradients plain = gradients_of(*model, inputs);
    gradient_checkpointing_enable(*model);
    const Gradients checkpointed = gradients_of(*model, inputs);
    for (std::size_t i = 0; i < plain.size(); ++i) {
      INFO(attention << " " << plain[i].first);
      REQUIRE(plain[i].second.defined());
      REQUIRE(checkpointed[i].second.defined());
      CHECK(plain[i].second.allclose(checkpointed[i].second, 1e-5, 1e-6));
    }
  }
}

TEST_CASE("a tiny BERT overfits one batch, also after heads and tokens were taken away") {
  at::manual_seed(7);  // one run in some hundred ends a little later than the others
  const auto config = small_config();
  config->hidden_dropout_prob = config->attention_probs_dropout_prob = 0;
  config->initializer_range = 0.3;
  const auto model = make_model<BertForMaskedLM>(config);
  prune_heads(*model, {{0, {1}}, {-1, {0, 2}}});
  resize_token_embeddings(*model, 14);
  model->train();
  NamedTensors inputs = {{"input_ids", at::randint(1, 14, {2, 6}, at::kLong)}};
  inputs.set("labels", inputs.at("input_ids"));
  double loss = 0;
  for (int step = 0; step < 400; ++step) {
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
