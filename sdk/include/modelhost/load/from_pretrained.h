// The one place where a model and a checkpoint meet.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "modelhost/base/json.h"
#include "modelhost/formats/checkpoint_reader.h"
#include "modelhost/load/key_mapping.h"
#include "modelhost/load/load_options.h"
#include "modelhost/load/load_report.h"
#include "modelhost/model/pretrained_model.h"
#include "modelhost/registry/model_spec.h"

namespace modelhost {

struct LoadedModel {
  std::shared_ptr<PreTrainedModel> model;  ///< in eval mode
  LoadReport report;
};

/// Puts the weights of `checkpoint` into `model`. Of the options it heeds those up to `progress`. A parameter
/// whose dtype agrees becomes the checkpoint's own bytes (a view of the mapped file, or the memory that they
/// were read into) if the class supports assignment; else its weights are copied and cast, with at most one
/// tensor in memory beside the model. What the checkpoint lacks is initialised by the class's rule. After an
/// error the model is unchanged. Errors: kLoadMismatch, kLoadIncomplete (strict), kLoadPrefix, kLoadOption,
/// kModelBuild (more weights than memory), kFileUnreadable.
LoadReport load_weights(PreTrainedModel& model, CheckpointReader& checkpoint,
                        const FromPretrainedOptions& options = {});

/// The content of a model's config.json before overrides, and what to call it in messages.
struct ConfigJson {
  Json object;
  std::string file;
};

/// What `from_pretrained` takes for the config of `path`. Errors: those of read_config_json, kLoadOption.
ConfigJson config_json_of(const std::filesystem::path& path, const FromPretrainedOptions& options);

/// transformers' `from_pretrained` for a directory with config.json and weights, or a weights file (or index)
/// with its config beside it or in the options. Errors: those of config_json_of, PretrainedConfig::read,
/// open_checkpoint, load_weights; kLoadDtype; kModelOption.
LoadedModel from_pretrained(const ModelSpec& spec, const std::filesystem::path& path,
                            const FromPretrainedOptions& options = {});

class PretrainedFiles;

/// The same for files that were opened before, with these options, so that their config could tell the class
/// (pretrained_files.h). May be called several times.
LoadedModel from_pretrained(const ModelSpec& spec, const PretrainedFiles& files,
                            const FromPretrainedOptions& options = {});

/// transformers' `from_pretrained(None, config=…, state_dict=…)`: weights that are in memory. As there, the
/// model's parameters are the given tensors where assignment is supported and dtypes agree. `options.config`
/// is needed; subfolder, variant, use_safetensors and read_mode mean nothing.
LoadedModel from_pretrained(const ModelSpec& spec, const NamedTensors& state_dict,
                            const FromPretrainedOptions& options);

/// transformers' `from_config`: a model with new weights for the content of a config.json, `options.config`,
/// which is needed. In train mode, as every new module. Of the other options dtype, attn_implementation,
/// config_overrides and device count. Errors: those of PretrainedConfig::read, kModelBuild (also for more
/// weights than memory), kLoadDtype, kLoadOption, kModelOption.
std::shared_ptr<PreTrainedModel> from_config(const ModelSpec& spec, const FromPretrainedOptions& options);

}  // namespace modelhost
