// load_tool: from_pretrained by the host, for comparison with Python. Reads requests from standard input, one
// JSON object a line, and answers each with one line: the loading report, or {"error": text, "code": code}.
//
//   load_tool PLUGIN_DIR
//   {"path": "…", "output": "weights.safetensors", "architecture": "BertModel", "dtype": "float16", …}
//
// Where `output` is given, the state dict that was loaded is written there: every name, tied ones too.
#include <ATen/core/grad_mode.h>

#include <iostream>
#include <string>

#include "modelhost/formats/open_checkpoint.h"
#include "modelhost/formats/safetensors/safetensors_writer.h"
#include "modelhost/host/host.h"
#include "modelhost/load/tensor_bytes.h"
#include "modelhost/model/state_dict.h"

namespace {

using namespace modelhost;

FromPretrainedOptions options_of(const Json& request) {
  FromPretrainedOptions options;
  auto text = [&request](const char* key, const char* otherwise) { return request.value(key, otherwise); };
  options.dtype = model_dtype_from_name(text("dtype", "auto"));
  options.variant = text("variant", "");
  options.subfolder = text("subfolder", "");
  options.device = device_from_name(text("device", "cpu"));
  options.read_mode = read_mode_from_name(text("read_mode", "auto")).value();
  if (request.contains("use_safetensors")) options.use_safetensors = request["use_safetensors"].get<bool>();
  options.strict = request.value("strict", false);
  options.ignore_mismatched_sizes = request.value("ignore_mismatched_sizes", false);
  options.config_overrides = request.value("config_overrides", Json::object());
  if (request.contains("config")) options.config = request["config"];
  const Json mapping = request.value("key_mapping", Json::object());
  for (const auto& [pattern, replacement] : mapping.items())
    options.key_mapping.emplace_back(pattern, replacement.get<std::string>());
  const Json devices = request.value("device_map", Json::object());
  for (const auto& [prefix, device] : devices.items())
    options.device_map.insert_or_assign(prefix, Place::from_name(device.get<std::string>()));
  return options;
}

void write_state(PreTrainedModel& model, const std::string& path) {
  std::vector<at::Tensor> contiguous;  // keeps the bytes alive until they are written
  std::vector<TensorToWrite> tensors;
  for (const StateEntry& entry : state_dict(model)) {
    const at::Tensor& data = contiguous.emplace_back(entry.tensor.detach().contiguous());
    TensorToWrite tensor;
    tensor.info = {entry.name, checkpoint_dtype(data.scalar_type()), data.sizes().vec(), 0, 0};
    tensor.bytes = {static_cast<const std::byte*>(data.const_data_ptr()), data.nbytes()};
    tensors.push_back(std::move(tensor));
  }
  write_safetensors(path, std::move(tensors), {{"format", "pt"}});
}

// With "state_dict": a weights file whose tensors are handed over in memory.
LoadedModel load(host::Host& host, const Json& request) {
  host::ModelOptions options{.load = options_of(request)};
  if (request.contains("architecture")) options.architecture = request["architecture"].get<std::string>();
  const std::string path = request.at("path").get<std::string>();
  if (!request.contains("state_dict")) return host.load_model(path, options);
  NamedTensors tensors;
  const auto checkpoint = open_checkpoint(request["state_dict"].get<std::string>());
  for (const TensorInfo& info : checkpoint->tensors())
    tensors.set(info.name, tensor_over(info, checkpoint->bytes(info)));
  FromPretrainedOptions in_memory = options.load;
  in_memory.config = config_json_of(path, options.load).object;
  return from_pretrained(host.find_model(path, options), tensors, in_memory);
}

Json answer(host::Host& host, const Json& request) {
  try {
    const at::NoGradGuard no_grad;
    LoadedModel loaded = load(host, request);
    if (request.contains("output")) write_state(*loaded.model, request["output"].get<std::string>());
    Json report = loaded.report.to_json();
    report["dtype"] = scalar_type_name(loaded.model->dtype());
    report["architecture"] = loaded.model->traits().architecture;
    return report;
  } catch (const Error& error) {
    return {{"error", error.what()}, {"code", std::string(error.code())}};
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: load_tool PLUGIN_DIR\n";
    return 2;
  }
  host::Host host({{argv[1]}, {}});
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << answer(host, parse_json(line, "stdin")).dump(-1, ' ', false, Json::error_handler_t::replace)
              << std::endl;
  }
}
