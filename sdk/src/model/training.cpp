// Gradient checkpointing, and gradients for the results of frozen embeddings.
#include "modelhost/base/error_codes.h"
#include "modelhost/model/pretrained_model.h"
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

bool PreTrainedModel::supports_gradient_checkpointing() const {
  return !checkpointing_layers(*this).empty();
}

void PreTrainedModel::gradient_checkpointing_enable() {
  const auto layers = checkpointing_layers(*this);
  if (layers.empty()) {
    throw Error(codes::kModelOption, traits_.architecture + " does not support gradient checkpointing")
        .key("gradient_checkpointing")
        .expected("a module that is a GradientCheckpointingLayer");
  }
  for (auto* layer : layers) layer->set_gradient_checkpointing(true);
}

void PreTrainedModel::gradient_checkpointing_disable() {
  for (auto* layer : checkpointing_layers(*this)) layer->set_gradient_checkpointing(false);
}

bool PreTrainedModel::is_gradient_checkpointing() const {
  const auto layers = checkpointing_layers(*this);
  return std::ranges::any_of(layers, [](const auto* layer) { return layer->gradient_checkpointing(); });
}

void PreTrainedModel::enable_input_require_grads() {
  require_embeddings(*this).require_grads(true);
}

void PreTrainedModel::disable_input_require_grads() {
  require_embeddings(*this).require_grads(false);
}

}  // namespace modelhost
