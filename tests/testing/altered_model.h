// A sound model with one thing changed.
#pragma once

#include <ATen/ops/rand.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "complete_decoder.h"
#include "complete_model.h"
#include "modelhost/registry/model_spec.h"

namespace modelhost::testing {

/// One forward, as an alteration sees it.
struct Call {
  PreTrainedModel& model;
  const NamedTensors& inputs;
  const ForwardOptions& options;
  at::Tensor& memory;  ///< of this model object and in no state: one number, random at first
};

/// What is another than in the sound model; what is empty is as there.
struct Alteration {
  std::function<void(ModelTraits& traits)> traits = {};
  std::function<std::shared_ptr<PretrainedConfig>()> make_config = {};
  std::function<void(PreTrainedModel& model)> built = {};  ///< after the constructor
  /// Whether it has initialised the module itself.
  std::function<bool(PreTrainedModel& model, torch::nn::Module& module)> initialise = {};
  std::function<void(PreTrainedModel& model, at::Tensor& memory)> tied = {};  ///< after tie_weights
  std::function<NamedTensors(const Call& call)> inputs = {};                  ///< what the forward gets
  std::function<NamedTensors(const Call& call, const NamedTensors& outputs)> outputs = {};
  std::function<void(std::vector<nn::AttentionHeads>& heads)> heads = {};
  std::function<nn::EmbeddingImpl*(PreTrainedModel& model)> input_embeddings = {};
};

template <typename Model>
struct AlteredModel : Model {
  AlteredModel(std::shared_ptr<CompleteConfig> config, Alteration wanted)
      : Model(std::move(config)), alteration(std::move(wanted)) {
    if (alteration.built) alteration.built(*this);
  }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override {
    const Call call{*this, inputs, options, memory};
    const NamedTensors outputs =
        Model::forward(alteration.inputs ? alteration.inputs(call) : inputs, options);
    return alteration.outputs ? alteration.outputs(call, outputs) : outputs;
  }
  void init_module_weights(torch::nn::Module& module) override {
    if (!alteration.initialise || !alteration.initialise(*this, module)) Model::init_module_weights(module);
  }
  void tie_weights() override {
    Model::tie_weights();
    if (alteration.tied) alteration.tied(*this, memory);
  }
  std::vector<nn::AttentionHeads> attention_heads() override {
    auto heads = Model::attention_heads();
    if (alteration.heads) alteration.heads(heads);
    return heads;
  }
  nn::EmbeddingImpl* get_input_embeddings() override {
    return alteration.input_embeddings ? alteration.input_embeddings(*this) : Model::get_input_embeddings();
  }

  Alteration alteration;
  at::Tensor memory = at::rand({});
};

template <typename Model>
ModelSpec altered_spec(const std::string& architecture, const Alteration& alteration) {
  ModelSpec spec = model_spec<Model>(architecture);
  spec.construct = [alteration](std::shared_ptr<PretrainedConfig> config) {
    return std::make_shared<AlteredModel<Model>>(std::dynamic_pointer_cast<CompleteConfig>(config),
                                                 alteration);
  };
  if (alteration.make_config) spec.make_config = alteration.make_config;
  if (alteration.traits) alteration.traits(spec.traits);
  return spec;
}

inline constexpr const char* kBackbone = "CompleteModel";
inline constexpr const char* kMaskedLM = "CompleteForMaskedLM";
inline constexpr const char* kClassifier = "CompleteForSequenceClassification";
inline constexpr const char* kDecoder = "CompleteDecoder";
inline constexpr const char* kCausalLM = "CompleteForCausalLM";

/// The sound classes, `architecture` among them altered.
inline std::vector<ModelSpec> specs_with(const std::string& architecture, const Alteration& alteration) {
  const auto alteration_of = [&](const char* name) {
    return name == architecture ? alteration : Alteration();
  };
  return {altered_spec<CompleteModel>(kBackbone, alteration_of(kBackbone)),
          altered_spec<CompleteForMaskedLM>(kMaskedLM, alteration_of(kMaskedLM)),
          altered_spec<CompleteForSequenceClassification>(kClassifier, alteration_of(kClassifier)),
          altered_spec<CompleteDecoder>(kDecoder, alteration_of(kDecoder)),
          altered_spec<CompleteForCausalLM>(kCausalLM, alteration_of(kCausalLM))};
}

}  // namespace modelhost::testing
