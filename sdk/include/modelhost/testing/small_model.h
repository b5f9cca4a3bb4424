// Small random models and inputs for them, for tests of a plugin.
#pragma once

#include <cstdint>
#include <memory>

#include "modelhost/registry/model_spec.h"

namespace modelhost::testing {

/// The class's default config with sizes that are small (two layers, four heads), and then `overrides`.
/// Fields are found by the names that transformers uses for them (hidden_size, n_embd, d_model …), or by
/// aliases. A class without padding token gets one. Errors: those of PretrainedConfig::set and validate, with
/// the remedy to say which sizes fit.
std::shared_ptr<PretrainedConfig> small_config(const ModelSpec& spec, const Json& overrides = Json::object());

/// A model of that config in eval mode. All parameters are random, also those that a new model has at 0 or 1:
/// what they do shows in results. Errors: those of ModelSpec::make_model.
std::shared_ptr<PreTrainedModel> random_model(const ModelSpec& spec,
                                              std::shared_ptr<PretrainedConfig> config);

/// Random token ids, none of them the padding token, and a mask of ones where the model takes one: [batch,
/// length], or [batch, 2, length] where it wants choices. For a model with another main input: as many rows
/// of random numbers in the shape that `dummy_inputs` gives it, and what else that gives; empty where
/// `dummy_inputs` does not have the main input.
NamedTensors sample_inputs(PreTrainedModel& model, int64_t batch, int64_t length);

}  // namespace modelhost::testing
