// Gradient checkpointing, and gradients for the results of frozen embeddings.
#include "modelhost/model/training.h"

#include <algorithm>

#include "modelhost/base/error_codes.h"
#include "modelhost/nn/gradient_checkpointing.h"

namespace modelhost {
namespace {

std::vector<nn::GradientCheckpointingLayer*> checkpointing_layers(const PreTrainedModel& model) {
  std::vector<nn::GradientCheckpointingLayer*> layers;
  for (const auto& module : model.modules(/*include_self=*/false)) {
    if (auto* layer = dynamic_cast<nn::GradientCheckpointingLayer*>(module.get())) layers.push_back(layer);
  }
  return layers;
}

nn::EmbeddingImpl& require_embeddings(PreTrainedModel& model) {
  if (nn::EmbeddingImpl* embeddings = model.get_input_embeddings()) return *embeddings;
  throw Error(codes::kModelOption, model.traits().architecture + " has no token embedding")
      .key("enable_input_require_grads");
}

}  // namespace

bool supports_gradient_checkpointing(const PreTrainedModel& model) {
  return !checkpointing_layers(model).empty();
}

void gradient_checkpointing_enable(PreTrainedModel& model) {
  const auto layers = checkpointing_layers(model);
  if (layers.empty()) {
    throw Error(codes::kModelOption, model.traits().architecture + " does not support gradient checkpointing")
        .key("gradient_checkpointing")
        .expected("a module that is a GradientCheckpointingLayer");
  }
  for (auto* layer : layers) layer->set_gradient_checkpointing(true);
}

void gradient_checkpointing_disable(PreTrainedModel& model) {
  for (auto* layer : checkpointing_layers(model)) layer->set_gradient_checkpointing(false);
}

bool is_gradient_checkpointing(const PreTrainedModel& model) {
  const auto layers = checkpointing_layers(model);
  return std::ranges::any_of(layers, [](const auto* layer) { return layer->gradient_checkpointing(); });
}

void enable_input_require_grads(PreTrainedModel& model) {
  require_embeddings(model).require_grads(true);
}

void disable_input_require_grads(PreTrainedModel& model) {
  require_embeddings(model).require_grads(false);
}

}  // namespace modelhost
