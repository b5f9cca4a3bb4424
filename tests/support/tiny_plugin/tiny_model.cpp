#include "tiny_model.h"

namespace modelhost::plugins::tiny {

void TinyConfig::fields(ConfigFields& f) {
  PretrainedConfig::fields(f);
  f("hidden_size", hidden_size, limits::kWidth);
  f("vocab_size", vocab_size, limits::kVocabulary);
}

TinyModel::TinyModel(std::shared_ptr<TinyConfig> config)
    : PreTrainedModel(config),
      embeddings_(config->vocab_size, config->hidden_size),
      projection_(config->hidden_size, config->hidden_size) {
  register_module("embeddings", embeddings_);
  register_module("projection", projection_);
}

NamedTensors TinyModel::forward(const NamedTensors& inputs, const ForwardOptions&) {
  return {{"last_hidden_state", projection_(embeddings_(inputs.at("input_ids"))).tanh()}};
}

TinyForClassification::TinyForClassification(std::shared_ptr<TinyConfig> config)
    : PreTrainedModel(config),
      tiny_(register_module("tiny", std::make_shared<TinyModel>(config))),
      classifier_(config->hidden_size, config->num_labels()) {
  register_module("classifier", classifier_);
}

NamedTensors TinyForClassification::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  const at::Tensor hidden = tiny_->forward(inputs, options).at("last_hidden_state");
  return {{"logits", classifier_(hidden.mean(1))}};
}

}  // namespace modelhost::plugins::tiny
