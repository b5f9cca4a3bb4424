// modelhost forward DIR --input X.safetensors --output Y.safetensors
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>

#include <filesystem>
#include <memory>

#include "commands.h"
#include "host_options.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/base/log.h"
#include "modelhost/formats/safetensors/safetensors_reader.h"
#include "modelhost/formats/safetensors/safetensors_writer.h"
#include "modelhost/host/host.h"
#include "modelhost/load/tensor_bytes.h"
#include "output_place.h"
#include "program/terminal/progress.h"

namespace modelhost::host {
namespace {

struct ForwardArguments {
  std::string model, input, output, architecture, attention = "sdpa", dtype = "auto";
  std::string variant, subfolder, read_mode = "auto", device = "cpu";
  bool strict = false, hidden_states = false, attentions = false;
};

NamedTensors read_inputs(const std::string& path, c10::ScalarType dtype) {
  SafetensorsReader reader(path);
  NamedTensors inputs;
  for (const TensorInfo& info : reader.tensors()) {
    at::Tensor tensor = tensor_over(info, reader.bytes(info));
    if (tensor.is_floating_point()) tensor = tensor.to(dtype);
    inputs.set(info.name, tensor);
  }
  return inputs;
}

// A safetensors file is renamed into its place, which must therefore be one that may be replaced.
std::filesystem::path outputs_path(const std::string& path) {
  const OutputPlace place = output_place(path);
  if (place.replace) return place.path;
  throw Error(codes::kNotRegularFile, "the output is a device or a pipe")
      .file(path)
      .expected("a file")
      .fix("write to a file and copy it");
}

void write_outputs(const std::filesystem::path& path, const NamedTensors& outputs) {
  std::vector<at::Tensor> contiguous;  // keeps the bytes alive until they are written
  std::vector<TensorToWrite> tensors;
  for (const auto& [name, tensor] : outputs) {
    const at::Tensor& data = contiguous.emplace_back(tensor.cpu().contiguous());
    TensorToWrite entry;
    entry.info = {name, checkpoint_dtype(data.scalar_type()), data.sizes().vec(), 0, 0};
    entry.bytes = {static_cast<const std::byte*>(data.const_data_ptr()), data.nbytes()};
    tensors.push_back(std::move(entry));
  }
  write_safetensors(path, std::move(tensors), {{"format", "pt"}});
}

ModelOptions model_options(const ForwardArguments& arguments) {
  ModelOptions options;
  if (!arguments.architecture.empty()) options.architecture = arguments.architecture;
  options.load.dtype = model_dtype_from_name(arguments.dtype);
  options.load.attn_implementation = attention_from_name(arguments.attention);
  options.load.strict = arguments.strict;
  options.load.variant = arguments.variant;
  options.load.subfolder = arguments.subfolder;
  options.load.read_mode = *read_mode_from_name(arguments.read_mode);
  options.load.device = device_from_name(arguments.device);
  return options;
}

void forward(const ForwardArguments& arguments, const GlobalOptions& globals) {
  const std::filesystem::path output = outputs_path(arguments.output);
  Host host(host_options(globals));
  ByteProgress loading("loading");
  ModelOptions loading_options = model_options(arguments);
  loading_options.load.progress = [&loading](uint64_t done, uint64_t total) { loading.update(done, total); };
  LoadedModel loaded = host.load_model(arguments.model, loading_options);
  log(loaded.report.complete() ? LogLevel::kInfo : LogLevel::kWarning, loaded.report.to_text());
  const c10::InferenceMode inference;
  ForwardOptions options;
  if (arguments.hidden_states) options.output_hidden_states = true;
  if (arguments.attentions) options.output_attentions = true;
  const NamedTensors inputs = read_inputs(arguments.input, loaded.model->dtype());
  try {
    write_outputs(output, (*loaded.model)(inputs, options));
  } catch (Error& error) {
    if (error.code() == codes::kModelInput.id && error.file().empty()) error.file(arguments.input);
    throw;
  }
}

}  // namespace

void add_forward_command(CLI::App& app, const GlobalOptions& globals) {
  auto arguments = std::make_shared<ForwardArguments>();
  CLI::App* command = app.add_subcommand(
      "forward",
      "Run a model once: named tensors in, named tensors out.\n"
      "Inputs are named as the arguments of the class's forward in transformers, outputs as the fields of\n"
      "its result; members of a tuple are named hidden_states.0, hidden_states.1, …");
  command->add_option("DIR", arguments->model, "Model directory")->required();
  command->add_option("--input", arguments->input, "Inputs (safetensors)")->required()->type_name("FILE");
  command->add_option("--output", arguments->output, "Outputs (safetensors)")->required()->type_name("FILE");
  command
      ->add_option("--architecture", arguments->architecture, "Class name instead of the one in config.json")
      ->type_name("NAME");
  command->add_option("--dtype", arguments->dtype, "auto, float32, float16, bfloat16 or float64")
      ->check(CLI::IsMember({"auto", "float32", "float16", "bfloat16", "float64"}))
      ->capture_default_str();
  command->add_option("--variant", arguments->variant, "fp16 reads model.fp16.safetensors, and so on")
      ->type_name("NAME");
  command->add_option("--subfolder", arguments->subfolder, "Of DIR, where config.json and weights are")
      ->type_name("NAME");
  command
      ->add_option("--read-mode", arguments->read_mode,
                   "How weights are read: auto, map, parallel, sequential")
      ->check(CLI::IsMember({"auto", "map", "parallel", "sequential"}))
      ->capture_default_str();
  command->add_option("--device", arguments->device, "cpu, or an accelerator of LibTorch such as cuda:0")
      ->capture_default_str();
  command->add_option("--attention", arguments->attention, "sdpa or eager")
      ->check(CLI::IsMember({"sdpa", "eager"}))
      ->capture_default_str();
  command->add_flag("--output-hidden-states", arguments->hidden_states, "Also give hidden_states.*");
  command->add_flag("--output-attentions", arguments->attentions, "Also give attentions.*");
  command->add_flag("--strict", arguments->strict,
                    "Fail when checkpoint and model do not have the same keys");
  command->callback([arguments, &globals] { forward(*arguments, globals); });
}

}  // namespace modelhost::host
