#include "modelhost/load/from_pretrained.h"

#include <chrono>
#include <optional>

#include "choose_dtype.h"
#include "config_overrides.h"
#include "load_with_config.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/load/pretrained_files.h"
#include "modelhost/load/tensor_bytes.h"
#include "placement.h"
#include "state_dict_reader.h"

namespace modelhost {
namespace {

using Clock = std::chrono::steady_clock;

// Written by transformers since 2022: which framework's layout the tensors have.
void check_format(const CheckpointReader& checkpoint) {
  const auto format = checkpoint.metadata().find("format");
  if (format == checkpoint.metadata().end() || format->second == "pt" || format->second == "mlx") return;
  throw Error(codes::kSafetensorsMetadata, "safetensors metadata is not usable")
      .file(checkpoint.files().front().string())
      .key("__metadata__.format")
      .expected("pt")
      .got(quote(format->second))
      .fix("save the model from PyTorch");
}

// Errors that do not know where the config came from get its name.
template <typename Function>
auto naming_config(const std::string& file, Function&& function) {
  try {
    return function();
  } catch (Error& error) {
    const bool blames_config =
        error.code() == codes::kModelBuild.id || error.code() == codes::kConfigInconsistent.id;
    if (error.file().empty() && blames_config) error.file(file);
    throw;
  }
}

LoadedModel build_and_load(const ModelSpec& spec, CheckpointReader& checkpoint, ConfigJson json,
                           const FromPretrainedOptions& options, Clock::time_point start) {
  apply_config_overrides(json.object, options.config_overrides, *spec.make_config());
  const auto config = spec.config_from(json.object, json.file);
  if (options.attn_implementation) config->attn_implementation = attention_name(*options.attn_implementation);
  check_format(checkpoint);
  const c10::ScalarType dtype = choose_dtype(options.dtype, *config, checkpoint);
  config->dtype = scalar_type_name(dtype);
  FromPretrainedOptions load = options;
  if (load.device_map.empty()) {
    check_device(options.device, "device");
    load.device_map = {{"", options.device}};
  }
  LoadedModel loaded;
  naming_config(json.file, [&] {
    const nn::ParameterOptions parameters(dtype, at::kCPU);
    loaded.model = spec.make_model(config);
  });
  keep_in_fp32(*loaded.model, dtype);
  loaded.report =
      naming_config(json.file, [&] { return load_weights(*loaded.model, checkpoint, load, json.file); });
  loaded.model->eval();
  loaded.report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return loaded;
}

void check_has_config(const FromPretrainedOptions& options, const std::string& why) {
  if (options.config) return;
  throw Error(codes::kLoadOption, "a load option is not usable: " + why)
      .key("config")
      .fix("give the content of its config.json in `config`");
}

}  // namespace

LoadedModel from_pretrained(const ModelSpec& spec, const PretrainedFiles& files,
                            const FromPretrainedOptions& options) {
  const auto start = Clock::now();
  CheckpointReader& weights = files.weights();
  auto generation = spec.traits.can_generate ? files.generation_config() : std::nullopt;
  LoadedModel loaded = build_and_load(spec, weights, files.config(), options, start);
  if (generation) loaded.model->generation_config() = std::move(generation);
  return loaded;
}

LoadedModel from_pretrained(const ModelSpec& spec, const std::filesystem::path& path,
                            const FromPretrainedOptions& options) {
  const auto start = Clock::now();
  LoadedModel loaded = from_pretrained(spec, PretrainedFiles(path, options), options);
  loaded.report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return loaded;
}

LoadedModel from_pretrained(const ModelSpec& spec, const NamedTensors& state_dict,
                            const FromPretrainedOptions& options) {
  check_has_config(options, "a state dict needs a config");
  StateDictReader checkpoint(state_dict);
  return build_and_load(spec, checkpoint, {*options.config, "the given config"}, options, Clock::now());
}

std::shared_ptr<PreTrainedModel> from_config(const ModelSpec& spec, const FromPretrainedOptions& options) {
  check_has_config(options, "a new model needs a config");
  FromPretrainedOptions chosen;
  chosen.config = options.config;
  chosen.config_overrides = options.config_overrides;
  chosen.dtype = options.dtype;
  chosen.attn_implementation = options.attn_implementation;
  chosen.device = options.device;
  auto model = from_pretrained(spec, NamedTensors(), chosen).model;  // all of it is missing
  model->train();
  return model;
}

}  // namespace modelhost
