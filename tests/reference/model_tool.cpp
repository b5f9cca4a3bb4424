// model_tool: loads, changes, runs and saves models for comparisons with Python. Reads one JSON request a line,
// answers each with one line.
//
//     {"op": "load", "as": NAME, "path": DIR or weights file, "dtype": "auto", "attention": "eager",
//      "architecture": CLASS}
//     {"op": "prune", "model": NAME, "heads": {"0": [1, 2]}}
//     {"op": "resize", "model": NAME, "size": N or null, "multiple": M or null, "mean": true, "seed": S}
//     {"op": "measure", "model": NAME}
//     {"op": "forward", "model": NAME, "input": X.safetensors, "output": Y.safetensors,
//      "output_attentions": true, "output_hidden_states": true}
//     {"op": "save", "model": NAME, "path": DIR, "max_shard_size": S, "variant": V, "format": "safetensors",
//      "fault": {"kind": K, "at": N, "error": E, "exchange_error": E}}
//     {"op": "recover", "path": DIR}
//
// A save with a fault happens in a process of its own (see fault_shim.h). The answer holds `error` when
// something failed; of a save with a fault it says how that process ended.
#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "modelhost/base/error.h"
#include "modelhost/base/json.h"
#include "modelhost/files/atomic_directory.h"
#include "modelhost/formats/open_checkpoint.h"
#include "modelhost/formats/safetensors/safetensors_writer.h"
#include "modelhost/host/host.h"
#include "modelhost/load/from_pretrained.h"
#include "modelhost/load/tensor_bytes.h"
#include "modelhost/model/measures.h"
#include "modelhost/model/surgery.h"
#include "modelhost/save/save_pretrained.h"
#include "support/fault_shim.h"

namespace {

using modelhost::Json;
namespace fs = std::filesystem;

enum Ending { kDone = 0, kNotReached = 10, kRefused = 11 };

class Tool {
 public:
  Json answer(const Json& request) {
    const std::string op = request.at("op");
    if (op == "load") return load(request);
    if (op == "prune") return prune(request);
    if (op == "resize") return resize(request);
    if (op == "measure") return measure(model_of(request));
    if (op == "forward") return forward(request);
    if (op == "save") return request.contains("fault") ? save_with_fault(request) : save(request);
    if (op == "recover") return modelhost::recover_directory(request.at("path")), Json::object();
    return {{"error", "no such request"}};
  }

 private:
  Json load(const Json& request) {
    const fs::path path = request.at("path").get<std::string>();
    modelhost::FromPretrainedOptions options;
    options.strict = true;
    options.dtype = modelhost::model_dtype_from_name(request.value("dtype", "auto"));
    if (request.contains("attention"))
      options.attn_implementation = modelhost::attention_from_name(request["attention"].get<std::string>());
    modelhost::host::ModelOptions wanted;
    if (request.contains("architecture")) wanted.architecture = request["architecture"].get<std::string>();
    const fs::path directory = fs::is_directory(path) ? path : path.parent_path();
    auto loaded = modelhost::from_pretrained(host_.find_model(directory, wanted), path, options);
    models_[request.at("as")] = loaded.model;
    return {{"tensors", loaded.report.tensors_assigned + loaded.report.tensors_copied}};
  }

  modelhost::PreTrainedModel& model_of(const Json& request) { return *models_.at(request.at("model")); }

  Json prune(const Json& request) {
    modelhost::HeadsToPrune heads;
    for (const auto& [layer, list] : request.at("heads").items())
      heads[std::stoll(layer)] = list.get<std::vector<int64_t>>();
    prune_heads(model_of(request), heads);
    return Json::object();
  }

  Json resize(const Json& request) {
    const auto number = [&request](const char* key) {
      const auto it = request.find(key);
      return it == request.end() || it->is_null() ? std::nullopt : std::optional(it->get<int64_t>());
    };
    at::manual_seed(request.value("seed", 0));
    resize_token_embeddings(model_of(request), number("size"), number("multiple"),
                            request.value("mean", true));
    return Json::object();
  }

  static Json measure(const modelhost::PreTrainedModel& model) {
    return {{"num_parameters", num_parameters(model)},
            {"without_embeddings", num_parameters(model, false, true)},
            {"memory_footprint", get_memory_footprint(model)},
            {"memory_of_parameters", get_memory_footprint(model, false)},
            {"floating_point_ops", floating_point_ops(model, model.dummy_inputs())},
            {"floating_point_ops_of_all", floating_point_ops(model, model.dummy_inputs(), false)}};
  }

  Json forward(const Json& request) {
    const at::NoGradGuard no_grad;
    modelhost::NamedTensors inputs;
    const auto file = modelhost::open_checkpoint(request.at("input").get<std::string>());
    const at::ScalarType dtype = model_of(request).dtype();
    for (const modelhost::TensorInfo& info : file->tensors()) {
      const at::Tensor tensor = modelhost::tensor_over(info, file->bytes(info));
      inputs.set(info.name, tensor.is_floating_point() ? tensor.to(dtype) : tensor);
    }
    std::vector<at::Tensor> contiguous;  // keeps the bytes alive until they are written
    std::vector<modelhost::TensorToWrite> tensors;
    modelhost::ForwardOptions options;
    if (request.value("output_attentions", false)) options.output_attentions = true;
    if (request.value("output_hidden_states", false)) options.output_hidden_states = true;
    const modelhost::NamedTensors outputs = model_of(request)(inputs, options);
    for (const auto& [name, tensor] : outputs) {
      const at::Tensor& data = contiguous.emplace_back(tensor.contiguous());
      modelhost::TensorToWrite one;
      one.info = {name, modelhost::checkpoint_dtype(data.scalar_type()), data.sizes().vec(), 0, 0};
      one.bytes = {static_cast<const std::byte*>(data.const_data_ptr()), data.nbytes()};
      tensors.push_back(std::move(one));
    }
    modelhost::write_safetensors(request.at("output").get<std::string>(), std::move(tensors),
                                 {{"format", "pt"}});
    return Json::object();
  }

  Json save(const Json& request) {
    modelhost::SaveOptions options;
    options.variant = request.value("variant", "");
    if (const auto size = request.find("max_shard_size"); size != request.end()) {
      if (size->is_string()) options.max_shard_size = size->get<std::string>();
      if (size->is_number()) options.max_shard_size = size->get<int64_t>();
    }
    options.safe_serialization = request.value("format", "safetensors") == "safetensors";
    const auto report =
        modelhost::save_pretrained(model_of(request), request.at("path").get<std::string>(), options);
    return {{"files", report.files}, {"journal", report.journal}};
  }

  Json save_with_fault(const Json& request) {
    const Json& fault = request.at("fault");
    const pid_t child = ::fork();
    if (child == 0) ::_exit(run_with_fault(request, fault));
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) return {{"ended", WTERMSIG(status) == SIGKILL ? "killed" : "crashed"}};
    switch (WEXITSTATUS(status)) {
      case kDone:
        return {{"ended", "saved"}};
      case kNotReached:
        return {{"ended", "not reached"}};
      case kRefused:
        return {{"ended", "refused"}};
      default:
        return {{"ended", "failed"}};
    }
  }

  int run_with_fault(const Json& request, const Json& fault) {
    const auto at = fault.at("at").get<int64_t>();
    fault_set_exchange_error(fault.value("exchange_error", 0));
    fault_arm(fault.at("kind"), at, fault.value("error", 0));
    try {
      save(request);
      return fault_calls() < at ? kNotReached : kDone;
    } catch (const modelhost::Error&) {
      return kRefused;
    } catch (const std::exception& error) {
      std::cerr << error.what() << "\n";
      return 1;
    }
  }

  modelhost::host::Host host_;
  std::map<std::string, std::shared_ptr<modelhost::PreTrainedModel>> models_;
};

}  // namespace

int main() {
  Tool tool;
  for (std::string line; std::getline(std::cin, line);) {
    Json answer;
    try {
      answer = tool.answer(Json::parse(line));
    } catch (const std::exception& error) {
      answer = {{"error", error.what()}};
    }
    std::cout << answer.dump() << std::endl;
  }
}
