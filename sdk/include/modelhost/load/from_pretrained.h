// The one place where a model and a checkpoint meet.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "modelhost/base/json.h"
#include "modelhost/formats/checkpoint_reader.h"
#include "modelhost/load/key_mapping.h"
#include "modelhost/load/load_report.h"
#include "modelhost/model/pretrained_model.h"
#include "modelhost/registry/model_spec.h"

namespace modelhost {

/// Where parameters go, by the names of modules or parameters; the longest name that fits counts, "" is the
/// whole model. Values:
/// - "cpu", or one accelerator of LibTorch's ("cuda:0"). All of a model is on one device: nothing moves
///   activations between devices here, so cpu (or disk) beside an accelerator is an error;
/// - "disk": the parameter is a view of the mapped file, whatever the read mode and the class's
///   supports_assign_param_buffer say. Nothing is read before a forward looks at it, and the system may drop
///   its pages again when memory is short. It needs the parameter's dtype, in one piece, in a file (an error
///   otherwise); what the checkpoint lacks is in memory;
/// - "auto": an accelerator where LibTorch has one; else "cpu" if the checkpoint's bytes fit into the memory
///   that is available, and otherwise "disk" for every parameter that can be there.
using DeviceMap = std::map<std::string, std::string>;

struct LoadOptions {
  bool strict = false;                   ///< any missing, unexpected or mismatched key is an error
  bool ignore_mismatched_sizes = false;  ///< initialise tensors of another shape anew instead of failing
  KeyMapping key_mapping = {};           ///< regular expressions that rename the checkpoint's keys
  DeviceMap device_map = {};             ///< empty: every parameter stays on the device that it is on
  /// Called on this thread with the bytes that are in place and the bytes of all tensors to load.
  std::function<void(uint64_t done, uint64_t total)> progress = {};
};

struct FromPretrainedOptions : LoadOptions {
  /// "auto": config.json's dtype, else the index's `metadata.dtype`, else that of the checkpoint's first
  /// floating tensor (transformers 4 defaults to float32). Or "float32", "float16", "bfloat16", "float64".
  std::string dtype = "auto";
  std::optional<std::string> attn_implementation = {};  ///< "eager" or "sdpa"
  /// Values that replace those of config.json, under the names of fields or their aliases. `num_labels`
  /// makes new labels unless `id2label` comes with it. A key that neither the class nor config.json has is
  /// an error (transformers hands it to the model's constructor, which refuses it).
  Json config_overrides = Json::object();
  std::optional<Json> config = {};           ///< instead of a config.json file: its content
  std::string subfolder = {};                ///< of the model directory, for config.json and weights
  std::string variant = {};                  ///< "fp16": model.fp16.safetensors and so on
  std::optional<bool> use_safetensors = {};  ///< true: nothing else; false: pytorch_model.bin alone
  ReadMode read_mode = ReadMode::kAuto;      ///< how bytes come into memory
  std::string device = "cpu";                ///< of the whole model, where there is no device_map
};

struct LoadedModel {
  std::shared_ptr<PreTrainedModel> model;  ///< in eval mode
  LoadReport report;
};

/// Puts the weights of `checkpoint` into `model`. A parameter whose dtype agrees becomes the checkpoint's own
/// bytes (a view of the mapped file, or the memory that they were read into) if the class supports
/// assignment; else its weights are copied and cast, with at most one tensor in memory beside the model. What
/// the checkpoint lacks is initialised by the class's rule. After an error the model is unchanged. Errors:
/// kLoadMismatch, kLoadIncomplete (strict), kLoadPrefix, kLoadOption, kModelBuild (more weights than
/// memory), kFileUnreadable.
LoadReport load_weights(PreTrainedModel& model, CheckpointReader& checkpoint,
                        const LoadOptions& options = {});

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

}  // namespace modelhost
