// The results of transformers, where an author ships them.
#include <map>

#include "case_groups.h"
#include "modelhost/base/json.h"
#include "modelhost/checkpoint/open_checkpoint.h"
#include "modelhost/load/from_pretrained.h"
#include "modelhost/load/tensor_bytes.h"

namespace modelhost::testing {
namespace {

namespace fs = std::filesystem;

// Tensors named `<case>.<name>`, by case.
std::map<std::string, NamedTensors> read_cases(const fs::path& file) {
  std::map<std::string, NamedTensors> cases;
  const auto reader = open_checkpoint(file);
  for (const TensorInfo& info : reader->tensors()) {
    const auto dot = info.name.find('.');
    if (dot == std::string::npos) fail_case(file.string() + ": " + info.name + " is not named <case>.<name>");
    cases[info.name.substr(0, dot)].set(info.name.substr(dot + 1), tensor_over(info, reader->bytes(info)));
  }
  return cases;
}

// What a class gives beside, e.g. a cache, is not compared.
NamedTensors named_as(const NamedTensors& wanted, const NamedTensors& outputs) {
  NamedTensors got;
  for (const std::string& name : wanted.names()) got.set(name, outputs.get(name));
  return got;
}

// surgery.json: steps like {"prune": {"0": [1]}} and {"resize": 70, "pad_to_multiple_of": 8}, after which the
// results are those of outputs.safetensors.
void operate(PreTrainedModel& model, const fs::path& folder) {
  std::error_code status;
  if (!fs::exists(folder / "surgery.json", status)) return;
  const Json steps = read_json_file(folder / "surgery.json");
  for (const Json& step : steps) {
    HeadsToPrune heads;
    const Json prune = step.value("prune", Json::object());
    for (const auto& [layer, list] : prune.items())
      heads[std::stoll(layer)] = list.get<std::vector<int64_t>>();
    if (!heads.empty()) model.prune_heads(heads);
    if (!step.contains("resize")) continue;
    const int64_t multiple = step.value("pad_to_multiple_of", 1);
    model.resize_token_embeddings(step["resize"].get<int64_t>(), multiple);
  }
}

void check_folder(const ModelSpec& spec, const fs::path& folder) {
  FromPretrainedOptions options;
  options.dtype = "float32";
  options.attn_implementation = "eager";
  const auto model = from_pretrained(spec, folder, options).model;
  operate(*model, folder);
  auto inputs = read_cases(folder / "inputs.safetensors");
  for (const auto& [name, wanted] : read_cases(folder / "outputs.safetensors")) {
    ForwardOptions forward;
    forward.output_hidden_states = wanted.contains("hidden_states.0");
    forward.output_attentions = wanted.contains("attentions.0");
    require_close(wanted, named_as(wanted, run(*model, inputs[name], forward)),
                  folder.filename().string() + ", case " + name);
  }
}

void goldens(const ModelFixture& fixture) {
  const fs::path& root = fixture.subject().goldens;
  std::error_code status;
  if (root.empty() || !fs::is_directory(root, status)) skip_case("no golden checkpoints are shipped");
  const std::string ending = "-" + fixture.subject().architecture;
  int folders = 0;
  for (const auto& entry : fs::directory_iterator(root)) {
    if (!entry.path().filename().string().ends_with(ending)) continue;
    check_folder(fixture.spec(), entry.path());
    ++folders;
  }
  if (folders == 0) skip_case("no folder in " + root.string() + " ends with " + ending);
}

}  // namespace

std::vector<ModelCheck> golden_checks() {
  return {{"golden-parity", "golden checkpoints give the results that stand beside them", goldens}};
}

}  // namespace modelhost::testing
