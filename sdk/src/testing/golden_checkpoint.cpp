#include "modelhost/testing/golden_checkpoint.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/json.h"
#include "modelhost/files/json_file.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/formats/open_checkpoint.h"
#include "modelhost/load/tensor_bytes.h"
#include "modelhost/model/surgery.h"

namespace modelhost::testing {
namespace {

namespace fs = std::filesystem;

using Cases = std::map<std::string, NamedTensors>;

Cases read_cases(const fs::path& file) {
  Cases cases;
  const auto reader = open_checkpoint(file);
  for (const TensorInfo& info : reader->tensors()) {
    const auto dot = info.name.find('.');
    if (dot == std::string::npos) {
      throw Error(codes::kCheckpointNoTensor, "a tensor of a golden checkpoint belongs to no case")
          .file(file)
          .key(info.name)
          .expected("<case>.<name>")
          .fix("write it under the name of its case");
    }
    cases[info.name.substr(0, dot)].set(info.name.substr(dot + 1), tensor_over(info, reader->bytes(info)));
  }
  return cases;
}

bool is_there(const fs::path& file) {
  std::error_code status;
  return fs::exists(file, status);
}

void do_step(PreTrainedModel& model, const Json& step) {
  HeadsToPrune heads;
  const Json prune = step.value("prune", Json::object());
  for (const auto& [layer, list] : prune.items()) heads[std::stoll(layer)] = list.get<std::vector<int64_t>>();
  if (!heads.empty()) prune_heads(model, heads);
  if (step.contains("resize"))
    resize_token_embeddings(model, step["resize"].get<int64_t>(), step.value("pad_to_multiple_of", 1));
}

void do_steps(PreTrainedModel& model, const Json& steps, const fs::path& file) {
  try {
    for (const Json& step : steps) do_step(model, step);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {  // of nlohmann_json and std::stoll
    throw Error(codes::kJsonType, "a step of surgery is malformed")
        .file(file)
        .expected(R"([{"prune": {"0": [1]}}, {"resize": 70, "pad_to_multiple_of": 8}])")
        .got(error.what());
  }
}

bool is_attention(const std::string& name) {
  return name.find("attentions.") != std::string::npos;
}

}  // namespace

GoldenCheckpoint::GoldenCheckpoint(fs::path folder)
    : folder_(std::move(folder)),
      inputs_(read_cases(folder_ / "inputs.safetensors")),
      outputs_(read_cases(folder_ / "outputs.safetensors")) {
  if (is_there(folder_ / "sdpa.safetensors")) differing_ = read_cases(folder_ / "sdpa.safetensors");
  if (is_there(folder_ / "surgery.json")) surgery_ = read_json_file(folder_ / "surgery.json");
}

std::vector<GoldenCheckpoint> GoldenCheckpoint::all(const fs::path& root, std::string_view architecture) {
  std::vector<fs::path> folders;
  std::error_code status;
  for (const auto& entry : fs::directory_iterator(root, status)) {
    if (entry.path().filename().string().ends_with("-" + std::string(architecture)))
      folders.push_back(entry.path());
  }
  std::ranges::sort(folders);
  return {folders.begin(), folders.end()};
}

std::shared_ptr<PreTrainedModel> GoldenCheckpoint::model(const ModelSpec& spec,
                                                         const std::string& attention) const {
  FromPretrainedOptions options;
  options.strict = true;
  options.dtype = at::kFloat;
  options.attn_implementation = attention_from_name(attention);
  const auto model = from_pretrained(spec, folder_, options).model;
  do_steps(*model, surgery_, folder_ / "surgery.json");
  return model;
}

NamedTensors GoldenCheckpoint::run(PreTrainedModel& model, const std::string& name) const {
  const NamedTensors& recorded = outputs_.at(name);
  const auto records = [&](const char* first) {
    return std::ranges::any_of(recorded, [&](const auto& output) { return output.first.ends_with(first); });
  };
  ForwardOptions options;
  options.output_hidden_states = records("hidden_states.0");
  options.output_attentions = records("attentions.0");
  const at::NoGradGuard no_grad;
  return model(inputs_.at(name), options);
}

NamedTensors GoldenCheckpoint::wanted(const std::string& name, std::string_view attention) const {
  const NamedTensors& eager = outputs_.at(name);
  const auto other = differing_.find(name);
  if (attention == "eager" || other == differing_.end()) return eager;
  NamedTensors wanted;
  for (const auto& [output, tensor] : eager) {
    if (is_attention(output)) continue;
    const at::Tensor replaced = other->second.get(output);
    wanted.set(output, replaced.defined() ? replaced : tensor);
  }
  return wanted;
}

}  // namespace modelhost::testing
