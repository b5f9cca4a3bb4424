#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>

#include <cmath>

#include "model_faults.h"

namespace modelhost::testing {
namespace {

NamedTensors add_to_all(const NamedTensors& outputs, const at::Tensor& number) {
  NamedTensors sums;
  for (const auto& [name, tensor] : outputs) sums.set(name, tensor + number.to(tensor.scalar_type()));
  return sums;
}

// A number that no file holds is part of the results.
NamedTensors add_memory(const Call& call, const NamedTensors& outputs) {
  return add_to_all(outputs, call.memory);
}

// As a kernel would that reads past the end of a tensor.
NamedTensors add_where_weights_lie(const Call& call, const NamedTensors& outputs) {
  const bool has_own_memory = call.model.get_input_embeddings()->weight().storage().resizable();
  return add_to_all(outputs, at::full({}, has_own_memory ? 1.0 : 0.0));
}

// 1e-8 is 0 in float16.
NamedTensors divide_by_epsilon(const Call&, const NamedTensors& outputs) {
  NamedTensors results;
  for (const auto& [name, tensor] : outputs) {
    const at::Tensor epsilon = at::full({}, 1e-8, tensor.options().requires_grad(false));
    results.set(name, tensor / epsilon * epsilon);
  }
  return results;
}

bool initialise_linear_badly(PreTrainedModel&, torch::nn::Module& module) {
  auto* linear = dynamic_cast<nn::LinearImpl*>(&module);
  if (!linear) return false;
  linear->weight().data().fill_(NAN);
  return true;
}

// The whole model has a rule for the layers' own parameters, the layers have none.
bool initialise_layers_from_above(PreTrainedModel& model, torch::nn::Module& module) {
  if (dynamic_cast<CompleteLayerImpl*>(&module)) return true;
  if (&module != &model) return false;
  for (const auto& part : model.modules()) {
    if (auto* layer = dynamic_cast<CompleteLayerImpl*>(part.get())) layer->gain.data().fill_(1);
  }
  return true;
}

bool initialise_linear_widely(PreTrainedModel& model, torch::nn::Module& module) {
  auto* linear = dynamic_cast<nn::LinearImpl*>(&module);
  const bool is_loading = nn::is_placeholder(model.get_input_embeddings()->weight());
  if (!linear || !is_loading) return false;
  linear->weight().data().normal_(0, 1);
  return true;
}

Alteration not_saved(const std::string& key) {
  return {.traits = [key](ModelTraits& traits) { traits.keys_to_ignore_on_save.push_back(key); }};
}

}  // namespace

std::vector<Fault> file_faults() {
  return {
      {"save-load", "a number that no file holds is part of the results", kBackbone, {.outputs = add_memory}},
      {"save-load-bin", "the same", kBackbone, {.outputs = add_memory}},
      {"from-state-dict", "the same", kBackbone, {.outputs = add_memory}},
      {"save-load-shards", "a weight is not saved", kBackbone, not_saved("layer.0.value.weight")},
      {"assign-equals-copy",
       "results depend on where weights lie",
       kBackbone,
       {.outputs = add_where_weights_lie}},
      {"other-dtypes",
       "results are divided by what is 0 in float16",
       kBackbone,
       {.outputs = divide_by_epsilon}},
      {"head-into-base", "a weight of the backbone is not saved", kMaskedLM,
       not_saved("model.positions.weight")},
      {"keys-ignored-on-save",
       "what is not saved is missed on loading",
       kBackbone,
       {.traits = [](ModelTraits& traits) { traits.keys_to_ignore_on_load_missing.clear(); }}},
      {"initialises-everything",
       "a new weight is no number",
       kClassifier,
       {.initialise = initialise_linear_badly}},
      {"mismatched-sizes", "a new weight is no number", kClassifier, {.initialise = initialise_linear_badly}},
      {"missing-weights",
       "a parameter has no rule of its own",
       kBackbone,
       {.initialise = initialise_layers_from_above}},
      {"missing-weights",
       "weights are spread otherwise while a file is loaded",
       kBackbone,
       {.initialise = initialise_linear_widely}},
  };
}

}  // namespace modelhost::testing
