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

void gradients(const ModelFixture& fixture) {
  const auto model = fixture.model();
  backward_of_all(*model, fixture.inputs(*model));
  std::string missing;
  for (const auto& [name, gradient] : gradients_of(*model)) {
    if (!gradient.defined()) {
      missing += "\n  " + name;
    } else {
      require(at::isfinite(gradient).all().item<bool>(), "the gradient of " + name + " is not finite");
    }
  }
  if (!missing.empty()) fail_case("no output depends on" + missing);
}

void checkpointing(const ModelFixture& fixture) {
  const auto plain = fixture.model(), checkpointed = fixture.model();
  if (!supports_gradient_checkpointing(*plain))
    skip_case("the class has no module that is a GradientCheckpointingLayer");
  const NamedTensors inputs = fixture.inputs(*plain);
  gradient_checkpointing_enable(*checkpointed);
  backward_of_all(*plain, inputs);
  backward_of_all(*checkpointed, inputs);
  const auto others = gradients_of(*checkpointed);
  for (const auto& [name, gradient] : gradients_of(*plain)) {
    const at::Tensor& other = others.at(name);
    require(gradient.defined() == other.defined(),
            "a gradient of " + name + " is there only in one of the ways");
    if (gradient.defined()) require_close(gradient, other, "gradient of " + name);
  }
}

}  // namespace

std::vector<ModelCheck> training_checks() {
  return {
      {"gradients-reach-every-parameter", "every parameter takes part in an output", gradients},
      {"gradient-checkpointing", "layers that are computed twice give the same gradients", checkpointing},
  };
}

}  // namespace modelhost::testing
