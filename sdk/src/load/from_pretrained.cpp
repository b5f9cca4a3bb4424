#include "modelhost/load/from_pretrained.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "modelhost/base/atomic_directory.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"
#include "modelhost/checkpoint/open_checkpoint.h"
#include "modelhost/load/tensor_bytes.h"

namespace modelhost {
namespace {

constexpr std::array kModelTypes{at::kFloat, at::kHalf, at::kBFloat16, at::kDouble};

c10::ScalarType floating_type(const std::string& name, const std::string& source) {
  const auto type = scalar_type_from_name(name);
  if (type && std::ranges::find(kModelTypes, *type) != kModelTypes.end()) return *type;
  throw Error(codes::kLoadDtype, "dtype is not usable for a model")
      .key(source)
      .expected("float32, float16, bfloat16 or float64")
      .got(quote(name));
}

// float8 tensors are storage of quantised models, never the type to compute in.
c10::ScalarType checkpoint_type(const CheckpointReader& checkpoint) {
  for (const TensorInfo& tensor : checkpoint.tensors()) {
    const auto type = scalar_type(tensor.dtype);
    if (type && std::ranges::find(kModelTypes, *type) != kModelTypes.end()) return *type;
  }
  return at::kFloat;
}

c10::ScalarType choose_dtype(const std::string& wanted, const PretrainedConfig& config,
                             const CheckpointReader& checkpoint) {
  if (wanted != "auto") return floating_type(wanted, "dtype");
  if (config.dtype) return floating_type(*config.dtype, "dtype in config.json");
  return checkpoint_type(checkpoint);
}

std::string choose_attention(const std::string& wanted) {
  if (wanted == "eager" || wanted == "sdpa") return wanted;
  throw Error(codes::kModelOption, "the attention implementation is unknown")
      .key("attn_implementation")
      .expected("eager or sdpa")
      .got(quote(wanted));
}

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

}  // namespace

LoadedModel from_pretrained(const ModelSpec& spec, const std::filesystem::path& path,
                            const FromPretrainedOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  std::error_code status;
  const auto directory = std::filesystem::is_directory(path, status) ? path : path.parent_path();
  auto reading = std::make_optional<DirectoryReading>(directory);  // config and weights of one save
  Json json = read_config_json(directory);
  json.update(options.config_overrides);
  const auto config = spec.config_from(json, (directory / "config.json").string());
  if (options.attn_implementation)
    config->attn_implementation = choose_attention(*options.attn_implementation);

  const auto checkpoint = open_checkpoint(path);
  auto generation = spec.traits.can_generate ? GenerationConfig::from_pretrained(directory) : std::nullopt;
  reading.reset();
  check_format(*checkpoint);
  const c10::ScalarType dtype = choose_dtype(options.dtype, *config, *checkpoint);
  config->dtype = scalar_type_name(dtype);
  LoadedModel loaded;
  {
    const nn::ParameterOptions parameters(dtype, at::kCPU);
    loaded.model = spec.make_model(config);
  }
  loaded.report = load_weights(*loaded.model, *checkpoint, options);
  loaded.model->eval();
  if (generation) loaded.model->generation_config() = std::move(generation);
  loaded.report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return loaded;
}

}  // namespace modelhost
