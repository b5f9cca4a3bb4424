// Gradients.
#include <ATen/TensorOperators.h>
#include <ATen/Utils.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/rand_like.h>

#include <map>

#include "case_groups.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/model/training.h"

namespace modelhost::testing {
namespace {

constexpr uint64_t kTrainingSeed = 3;
constexpr const char* kAttentions[] = {"eager", "sdpa"};

// Every output counts, with random weights: what any of them depends on gets a gradient. Dropout draws the
// same numbers each time.
void backward_of_all(PreTrainedModel& model, const NamedTensors& inputs) {
  model.train();
  at::manual_seed(kTrainingSeed);
  const NamedTensors outputs = model(inputs);
  at::Tensor sum;
  for (const auto& [name, tensor] : outputs) {
    if (!tensor.requires_grad()) continue;  // integers, and what depends on no weight
    const at::Tensor part = (tensor * at::rand_like(tensor)).sum();
    sum = sum.defined() ? sum + part : part;
  }
  if (!sum.defined()) skip_case("no output depends on a weight");
  sum.backward();
}

std::map<std::string, at::Tensor> gradients_of(PreTrainedModel& model) {
  std::map<std::string, at::Tensor> gradients;
  for (const StateEntry& entry : state_dict(model)) {
    if (!entry.is_buffer) gradients.emplace(entry.name, entry.tensor.grad());
  }
  return gradients;
}

void gradients_with(const ModelFixture& fixture, const std::string& attention) {
  const auto model = fixture.model_with_attention(attention);
  backward_of_all(*model, fixture.inputs(*model));
  std::string missing;
  for (const auto& [name, gradient] : gradients_of(*model)) {
    if (!gradient.defined()) {
      missing += "\n  " + name;
    } else {
      require(at::isfinite(gradient).all().item<bool>(),
              "the gradient of " + name + " is not finite with " + attention + " attention");
    }
  }
  if (!missing.empty()) fail_case("with " + attention + " attention no output depends on" + missing);
}

void gradients(const ModelFixture& fixture) {
  for (const char* attention : kAttentions) gradients_with(fixture, attention);
}

// The same numbers are computed twice: they may differ in the order of sums, not more.
void require_same_gradient(const at::Tensor& wanted, const at::Tensor& got, const std::string& what) {
  constexpr double kRelative = 1e-5, kAbsolute = 1e-6;
  if (!wanted.allclose(got, kRelative, kAbsolute)) require_close(wanted, got, what, kAbsolute);
}

void checkpointing_with(const ModelFixture& fixture, const std::string& attention) {
  const auto plain = fixture.model_with_attention(attention);
  const auto checkpointed = fixture.model_with_attention(attention);
  if (!supports_gradient_checkpointing(*plain))
    skip_case("the class has no module that is a GradientCheckpointingLayer");
  const NamedTensors inputs = fixture.inputs(*plain);
  gradient_checkpointing_enable(*checkpointed);
  backward_of_all(*plain, inputs);
  backward_of_all(*checkpointed, inputs);
  const auto others = gradients_of(*checkpointed);
  for (const auto& [name, gradient] : gradients_of(*plain)) {
    const at::Tensor& other = others.at(name);
    const std::string what = "gradient of " + name + " with " + attention + " attention";
    require(gradient.defined() == other.defined(), "a " + what + " is there only in one of the ways");
    if (gradient.defined()) require_same_gradient(gradient, other, what);
  }
}

void checkpointing(const ModelFixture& fixture) {
  for (const char* attention : kAttentions) checkpointing_with(fixture, attention);
}

}  // namespace

std::vector<ModelCheck> training_checks() {
  return {
      {"gradients-reach-every-parameter", "every parameter takes part in an output", gradients},
      {"gradient-checkpointing", "layers that are computed twice give the same gradients", checkpointing},
  };
}

}  // namespace modelhost::testing
