#include "modelhost/model/loss.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "modelhost/base/error_codes.h"
#include "support/error_of.h"

namespace modelhost {
namespace {

using at::Tensor;
using Catch::Approx;
using test::error_of;

Tensor classes(std::initializer_list<int64_t> values) {
  return at::tensor(values, at::kLong);
}
Tensor numbers(std::initializer_list<double> values) {
  return at::tensor(values, at::kFloat);
}

// Logits that give class 0 the probability `p` and class 1 the rest.
Tensor two_classes(double p) {
  return numbers({std::log(p), std::log(1 - p)});
}

TEST_CASE("cross entropy is the mean of what the right classes cost") {
  const Tensor logits = at::stack({two_classes(0.5), two_classes(0.25)});
  CHECK(mean_cross_entropy(logits, classes({0, 1})).item<double>() ==
        Approx((std::log(2.0) - std::log(0.75)) / 2));
}

TEST_CASE("ignored labels do not count, and nothing but ignored ones gives NaN as in PyTorch") {
  const Tensor logits = at::stack({two_classes(0.5), two_classes(0.25)});
  CHECK(mean_cross_entropy(logits, classes({0, -100})).item<double>() == Approx(std::log(2.0)));
  CHECK(std::isnan(mean_cross_entropy(logits, classes({-100, -100})).item<double>()));
}

TEST_CASE("labels may be int32") {
  const Tensor logits = two_classes(0.5).unsqueeze(0);
  CHECK(mean_cross_entropy(logits, classes({1}).to(at::kInt)).item<double>() == Approx(std::log(2.0)));
}

TEST_CASE("labels that do not fit are refused with what is wrong") {
  const Tensor logits = at::zeros({2, 3});
  CHECK(error_of([&] { mean_cross_entropy(logits, classes({0, 3})); }).got() == "3");
  CHECK(error_of([&] { mean_cross_entropy(logits, classes({0, -1})); }).got() == "-1");
  CHECK(error_of([&] { mean_cross_entropy(logits, classes({0})); }).code() == codes::kModelInput.id);
  CHECK(error_of([&] { mean_cross_entropy(logits, numbers({0, 1})); }).code() == codes::kModelInput.id);
  CHECK(error_of([&] { causal_lm_loss(at::zeros({1, 2, 3}), classes({0, 1})); }).key() == "labels");
}

TEST_CASE("the problem type is inferred from the number of labels and their dtype") {
  CHECK(infer_problem_type(1, classes({0})) == "regression");
  CHECK(infer_problem_type(3, classes({0})) == "single_label_classification");
  CHECK(infer_problem_type(3, classes({0}).to(at::kInt)) == "single_label_classification");
  CHECK(infer_problem_type(3, numbers({0})) == "multi_label_classification");
}

TEST_CASE("one label is regressed to, of whatever shape") {
  const Tensor logits = numbers({1, 3}).view({2, 1});
  CHECK(sequence_classification_loss(logits, numbers({0, 1}), {}).item<double>() == Approx(2.5));
  CHECK(sequence_classification_loss(logits, numbers({0, 1}).view({2, 1}), {}).item<double>() == Approx(2.5));
  CHECK(error_of([&] { sequence_classification_loss(logits, numbers({0, 1, 2}), {}); }).key() == "labels");
}

TEST_CASE("several labels are regressed to when the config says so") {
  const Tensor logits = numbers({1, 3}).view({1, 2});
  CHECK(sequence_classification_loss(logits, numbers({1, 1}).view({1, 2}), "regression").item<double>() ==
        Approx(2));
}

TEST_CASE("yes/no labels cost binary cross entropy") {
  const Tensor logits = at::zeros({2, 3});
  CHECK(sequence_classification_loss(logits, at::ones({2, 3}), {}).item<double>() == Approx(std::log(2.0)));
  CHECK(error_of([&] { sequence_classification_loss(logits, at::ones({2}), {}); }).expected() == "[2, 3]");
}

TEST_CASE("tokens and masked tokens are classified one by one") {
  const Tensor logits = at::stack({two_classes(0.5), two_classes(0.25)}).unsqueeze(0);
  const Tensor labels = classes({-100, 1}).unsqueeze(0);
  CHECK(token_classification_loss(logits, labels).item<double>() == Approx(-std::log(0.75)));
  CHECK(masked_lm_loss(logits, labels).item<double>() == Approx(-std::log(0.75)));
}

TEST_CASE("a causal language model is judged by the next token, in float32") {
  const Tensor logits = at::stack({two_classes(0.25), two_classes(0.5)}).unsqueeze(0).to(at::kBFloat16);
  const Tensor loss = causal_lm_loss(logits, classes({0, 1}).unsqueeze(0));
  CHECK(loss.scalar_type() == at::kFloat);
  CHECK(loss.item<double>() == Approx(-std::log(0.75)).epsilon(0.01));
}

TEST_CASE("an answer outside the text is ignored, one before it is clamped") {
  const Tensor start = at::stack({two_classes(0.5), two_classes(0.25)});
  const Tensor end = at::stack({two_classes(0.5), two_classes(0.5)});
  const double loss =
      question_answering_loss(start, end, classes({0, 99}), classes({-3, 1}).view({2, 1})).item<double>();
  CHECK(loss == Approx(std::log(2.0)));
}

TEST_CASE("next sentence labels are two classes") {
  CHECK(next_sentence_loss(at::zeros({3, 2}), classes({0, 1, 1})).item<double>() == Approx(std::log(2.0)));
  CHECK(error_of([&] { next_sentence_loss(at::zeros({1, 2}), classes({2})); }).key() == "labels");
}

TEST_CASE("a question answering head gives both logits, and a loss where both positions are given") {
  const at::Tensor logits = at::randn({2, 5, 2});
  const NamedTensors plain = question_answering_outputs(logits, {{"start_positions", classes({1, 2})}});
  CHECK(plain.names() == std::vector<std::string>{"start_logits", "end_logits"});
  CHECK(plain.at("start_logits").equal(logits.select(-1, 0)));
  CHECK(plain.at("end_logits").equal(logits.select(-1, 1)));
  const NamedTensors inputs = {{"start_positions", classes({1, 2})}, {"end_positions", classes({3, 4})}};
  const NamedTensors outputs = question_answering_outputs(logits, inputs);
  CHECK(outputs.names().front() == "loss");
  CHECK(outputs.at("loss").equal(question_answering_loss(
      logits.select(-1, 0), logits.select(-1, 1), inputs.at("start_positions"), inputs.at("end_positions"))));
}

}  // namespace
}  // namespace modelhost
