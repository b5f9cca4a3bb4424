// Labels, and the loss that they give.
#include <ATen/TensorOperators.h>
#include <ATen/Utils.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/zeros.h>

#include "case_groups.h"
#include "modelhost/base/error.h"

namespace modelhost::testing {
namespace {

// Labels as the heads of transformers take them.
constexpr const char* kLabels[] = {"labels",        "next_sentence_label", "start_positions",
                                   "end_positions", "mc_labels",           "sentence_order_label"};

NamedTensors with_labels(const PreTrainedModel& model, NamedTensors inputs, at::IntArrayRef shape) {
  const at::Tensor main = inputs.at(model.traits().main_input_name);
  for (const std::string name : kLabels) {
    const bool lacks_choices = name == "mc_labels" && main.dim() < 3;
    if (!takes_input(model, name) || lacks_choices) continue;
    inputs.set(name, at::zeros(name == "labels" ? shape : main.sizes().slice(0, 1), at::kLong));
  }
  return inputs;
}

// The outputs for labels of each text, or of each token, whichever the class takes.
NamedTensors labelled(PreTrainedModel& model, const NamedTensors& inputs) {
  const auto sizes = inputs.at(model.traits().main_input_name).sizes();
  try {
    return model(with_labels(model, inputs, sizes.slice(0, 1)));
  } catch (const Error&) {
    return model(with_labels(model, inputs, sizes));
  }
}

void require_trainable(const at::Tensor& loss, const std::string& given) {
  require(loss.defined(), "there is no output \"loss\" when " + given);
  require(loss.dim() == 0 && at::isfinite(loss).item<bool>(), "the loss is no finite number when " + given);
  require(loss.requires_grad(), "the loss has no gradient when " + given);
  loss.backward();
}

void labels(const ModelFixture& fixture) {
  const auto model = fixture.model();
  const NamedTensors inputs = fixture.inputs(*model);
  if (with_labels(*model, inputs, {1}).size() == inputs.size()) skip_case("the class takes no labels");
  model->train();
  require_trainable(labelled(*model, inputs).get("loss"), "labels are given");
}

std::shared_ptr<PreTrainedModel> model_with_labels(const ModelFixture& fixture, int64_t count,
                                                   const std::string& problem_type) {
  const auto config = fixture.config();
  config->set_num_labels(count);
  if (!problem_type.empty()) config->problem_type = problem_type;
  return random_model(fixture.spec(), config);
}

// Whether the class gives a number for each label of a text.
bool classifies_texts(const ModelFixture& fixture) {
  constexpr int64_t kCount = 5;
  try {
    const auto model = model_with_labels(fixture, kCount, "");
    const at::Tensor logits = run(*model, fixture.inputs(*model)).get("logits");
    return logits.defined() && logits.dim() == 2 && logits.size(1) == kCount;
  } catch (const Error&) {
    return false;  // some heads have a number of labels of their own
  }
}

at::Tensor labels_for(const std::string& problem_type, int64_t count) {
  if (problem_type == "single_label_classification") return at::zeros({kBatch}, at::kLong);
  const bool one_number = problem_type == "regression" && count == 1;
  return one_number ? at::zeros({kBatch}) : at::zeros({kBatch, count});
}

void problem_types(const ModelFixture& fixture) {
  const bool says_so = fixture.spec().traits.architecture.ends_with("ForSequenceClassification");
  if (!takes_input(*fixture.model(), "labels") || !classifies_texts(fixture)) {
    require(!says_so, "the class takes no labels of texts, or config.num_labels does not decide how many");
    skip_case("the class does not classify texts by config.num_labels");
  }
  for (const std::string type : {"regression", "single_label_classification", "multi_label_classification"}) {
    for (const int64_t count : {1, 3}) {
      const auto model = model_with_labels(fixture, count, type);
      model->train();
      NamedTensors inputs = fixture.inputs(*model);
      inputs.set("labels", labels_for(type, count));
      require_trainable((*model)(inputs).get("loss"),
                        "problem_type is " + type + " and num_labels " + std::to_string(count));
    }
  }
}

}  // namespace

std::vector<ModelCheck> label_checks() {
  return {
      {"loss-with-labels", "labels give a loss with a gradient", labels},
      {"problem-types", "a classifier of texts learns numbers, one label or several, as problem_type says",
       problem_types},
  };
}

}  // namespace modelhost::testing
