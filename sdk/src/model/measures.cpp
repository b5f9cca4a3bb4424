#include "modelhost/model/measures.h"

#include <ATen/ops/tensor.h>

#include <unordered_set>

#include "modelhost/model/state_dict.h"

namespace modelhost {
namespace {

constexpr int64_t kOperationsPerParameter = 6;  // 2 in the forward pass, 4 in the backward pass

// Every parameter once, under the first of its names.
std::vector<StateEntry> distinct_parameters(const PreTrainedModel& model) {
  std::unordered_set<const c10::TensorImpl*> seen;
  std::vector<StateEntry> distinct;
  for (StateEntry& entry : state_dict(const_cast<PreTrainedModel&>(model))) {
    if (!entry.is_buffer && seen.insert(entry.tensor.unsafeGetTensorImpl()).second)
      distinct.push_back(std::move(entry));
  }
  return distinct;
}

int64_t bytes_of(const at::Tensor& tensor) {
  return tensor.numel() * static_cast<int64_t>(tensor.element_size());
}

template <typename Function>
void for_each_module(PreTrainedModel& model, Function&& function) {
  for (const auto& module : model.modules(/*include_self=*/false)) {
    if (auto* own = dynamic_cast<nn::Module*>(module.get())) function(*own);
  }
  function(model);
}

}  // namespace

int64_t num_parameters(const PreTrainedModel& model, bool only_trainable, bool exclude_embeddings) {
  int64_t count = 0;
  for (const StateEntry& entry : distinct_parameters(model)) {
    if (only_trainable && !entry.tensor.requires_grad()) continue;
    const auto* embedding = dynamic_cast<const nn::EmbeddingImpl*>(entry.owner);
    if (exclude_embeddings && embedding) continue;
    count += entry.tensor.numel();
  }
  return count;
}

int64_t estimate_tokens(const PreTrainedModel& model, const NamedTensors& inputs) {
  if (const at::Tensor main = inputs.get(model.traits().main_input_name); main.defined()) return main.numel();
  model.warn_once("the number of tokens cannot be estimated: there is no input " + model.traits().main_input_name +
            "; floating-point operations count as 0");
  return 0;
}

int64_t floating_point_ops(const PreTrainedModel& model, const NamedTensors& inputs, bool exclude_embeddings) {
  return kOperationsPerParameter * estimate_tokens(model, inputs) *
         num_parameters(model, /*only_trainable=*/false, exclude_embeddings);
}

int64_t get_memory_footprint(const PreTrainedModel& model, bool return_buffers) {
  int64_t bytes = 0;
  for (const StateEntry& entry : distinct_parameters(model)) bytes += bytes_of(entry.tensor);
  if (!return_buffers) return bytes;
  for (const at::Tensor& buffer : model.buffers()) bytes += bytes_of(buffer);
  return bytes;
}

void add_memory_hooks(PreTrainedModel& model) {
  for_each_module(model, [](nn::Module& module) { module.measure_memory(); });
}

void reset_memory_hooks_state(PreTrainedModel& model) {
  for_each_module(model, [](nn::Module& module) {
    if (module.memory_state()) module.measure_memory();
  });
}

NamedTensors PreTrainedModel::dummy_inputs() const {
  const std::vector<int64_t> ids = {7, 6, 0, 0, 1, 1, 2, 3, 0, 0, 0, 0, 0, 4, 5};
  return {{"input_ids", at::tensor(ids, at::kLong).view({3, 5})}};
}

}  // namespace modelhost
