// save_tool: loads and saves models for check_save.py. Reads one JSON request a line, answers each with one
// line.
//
//     {"op": "load", "as": NAME, "path": DIR or weights file, "dtype": "auto"}
//     {"op": "save", "model": NAME, "path": DIR, "max_shard_size": S, "variant": V, "format": "safetensors",
//      "fault": {"kind": K, "at": N, "error": E, "exchange_error": E}}
//     {"op": "recover", "path": DIR}
//
// A save with a fault happens in a process of its own (see fault_shim.h). The answer holds `error` when
// something failed; of a save with a fault it says how that process ended.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "modelhost/base/atomic_directory.h"
#include "modelhost/base/error.h"
#include "modelhost/base/json.h"
#include "modelhost/host/host.h"
#include "modelhost/load/from_pretrained.h"
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
    if (op == "save") return request.contains("fault") ? save_with_fault(request) : save(request);
    if (op == "recover") return modelhost::recover_directory(request.at("path")), Json::object();
    return {{"error", "no such request"}};
  }

 private:
  Json load(const Json& request) {
    const fs::path path = request.at("path").get<std::string>();
    modelhost::FromPretrainedOptions options;
    options.strict = true;
    options.dtype = request.value("dtype", "auto");
    const fs::path directory = fs::is_directory(path) ? path : path.parent_path();
    auto loaded = modelhost::from_pretrained(host_.find_model(directory), path, options);
    models_[request.at("as")] = loaded.model;
    return {{"tensors", loaded.report.tensors_assigned + loaded.report.tensors_copied}};
  }

  Json save(const Json& request) {
    modelhost::SaveOptions options;
    options.variant = request.value("variant", "");
    if (const auto size = request.find("max_shard_size"); size != request.end()) {
      if (size->is_string()) options.max_shard_size = size->get<std::string>();
      if (size->is_number()) options.max_shard_size = size->get<int64_t>();
    }
    options.safe_serialization = request.value("format", "safetensors") == "safetensors";
    const auto report = modelhost::save_pretrained(*models_.at(request.at("model")),
                                                   request.at("path").get<std::string>(), options);
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
