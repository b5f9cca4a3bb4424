// The one place where a model and a checkpoint meet.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "modelhost/base/json.h"
#include "modelhost/checkpoint/checkpoint_reader.h"
#include "modelhost/load/load_report.h"
#include "modelhost/model/pretrained_model.h"
#include "modelhost/registry/model_spec.h"

namespace modelhost {

struct LoadOptions {
  bool strict = false;                   ///< any missing, unexpected or mismatched key is an error
  bool ignore_mismatched_sizes = false;  ///< initialise tensors of another shape anew instead of failing
};

struct FromPretrainedOptions : LoadOptions {
  /// "auto": config.json's dtype, else that of the checkpoint's first floating tensor (transformers 4
  /// defaults to float32). Or "float32", "float16", "bfloat16", "float64".
  std::string dtype = "auto";
  std::optional<std::string> attn_implementation;  ///< "eager" or "sdpa"
  Json config_overrides = Json::object();          ///< keys that replace those of config.json
};

struct LoadedModel {
  std::shared_ptr<PreTrainedModel> model;  ///< in eval mode
  LoadReport report;
};

/// Puts the weights of `checkpoint` into `model`. A parameter whose dtype agrees becomes a view of the
/// checkpoint's bytes if the class supports assignment, else its weights are copied and cast one tensor at a
/// time. What the checkpoint lacks is initialised by the class's rule. Until all checks are done the model is
/// unchanged. Errors: kLoadMismatch, kLoadIncomplete (strict), kLoadPrefix, kModelBuild (more new weights
/// than memory).
LoadReport load_weights(PreTrainedModel& model, CheckpointReader& checkpoint,
                        const LoadOptions& options = {});

/// transformers' `from_pretrained` for a directory with config.json and weights (or a weights file beside
/// it). Errors: those of read_config_json, PretrainedConfig::read, open_checkpoint, load_weights; kLoadDtype.
LoadedModel from_pretrained(const ModelSpec& spec, const std::filesystem::path& path,
                            const FromPretrainedOptions& options = {});

}  // namespace modelhost
