// What is saved is what is loaded.
#include <ATen/ops/isfinite.h>

#include <algorithm>
#include <map>

#include "case_groups.h"
#include "modelhost/base/text.h"
#include "modelhost/load/from_pretrained.h"
#include "modelhost/load/tensor_bytes.h"
#include "modelhost/model/measures.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/save/save_pretrained.h"
#include "modelhost/testing/scratch_directory.h"

namespace modelhost::testing {
namespace {

namespace fs = std::filesystem;

LoadedModel load(const ModelSpec& spec, const fs::path& directory,
                 const FromPretrainedOptions& options = {}) {
  LoadedModel loaded = from_pretrained(spec, directory, options);
  require_complete(loaded.report);
  return loaded;
}

void save_and_load(const ModelFixture& fixture, const SaveOptions& options) {
  const ScratchDirectory dir;
  const auto before = fixture.model();
  save_pretrained(*before, dir / "model", options);
  const auto after = load(fixture.spec(), dir / "model").model;
  require_same_state(*before, *after, "the loaded model");
  require(after->config().to_json_string() == before->config().to_json_string(), "the loaded config differs");
  require_same_results(*before, *after);
}

void save_load(const ModelFixture& fixture) {
  save_and_load(fixture, {});
}

void save_load_bin(const ModelFixture& fixture) {
  SaveOptions options;
  options.safe_serialization = false;
  save_and_load(fixture, options);
}

void save_load_shards(const ModelFixture& fixture) {
  constexpr int64_t kShards = 3;
  const ScratchDirectory dir;
  const auto before = fixture.model();
  SaveOptions options;
  options.max_shard_size = get_memory_footprint(*before, /*return_buffers=*/false) / kShards;
  const SaveReport report = save_pretrained(*before, dir / "model", options);
  if (report.shards < 2) skip_case("the model has a single tensor");
  const auto after = load(fixture.spec(), dir / "model").model;
  require_same_state(*before, *after, "the model loaded from shards");
}

void assign_equals_copy(const ModelFixture& fixture) {
  const ScratchDirectory dir;
  save_pretrained(*fixture.model(), dir / "model");
  const bool supported = fixture.spec().traits.supports_assign_param_buffer;
  ModelSpec copying = fixture.spec(), assigning = fixture.spec();
  copying.traits.supports_assign_param_buffer = false;
  assigning.traits.supports_assign_param_buffer = true;
  const LoadedModel copied = load(copying, dir / "model");
  require(copied.report.tensors_assigned == 0, "parameters were assigned, although the class said no");
  if (!supported)
    skip_case("the class declares supports_assign_param_buffer = false: its weights are copied");
  const LoadedModel assigned = load(assigning, dir / "model");
  require(assigned.report.tensors_assigned > 0, "no parameter is a view of the file");
  require_same_state(*copied.model, *assigned.model, "the model whose parameters are views");
  require_same_results(*copied.model, *assigned.model);
}

bool names_one_of(const std::string& key, const std::vector<std::string>& modules) {
  return std::ranges::any_of(modules, [&](const auto& part) { return key.find(part) != std::string::npos; });
}

void require_dtype(PreTrainedModel& model, const std::string& name) {
  const ModelTraits& traits = model.traits();
  const c10::ScalarType wanted = *scalar_type_from_name(name);
  for (const StateEntry& entry : state_dict(model)) {
    const bool is_kept = names_one_of(entry.name, traits.keep_in_fp32_modules) ||
                         names_one_of(entry.name, traits.keep_in_fp32_modules_strict);
    if (entry.is_buffer || is_kept || !entry.tensor.is_floating_point()) continue;
    require(entry.tensor.scalar_type() == wanted,
            entry.name + " is " + c10::toString(entry.tensor.scalar_type()) + " in a model of " + name);
  }
}

// As callers do: pictures and sounds come in the dtype of the model.
NamedTensors in_dtype(const NamedTensors& inputs, c10::ScalarType dtype) {
  NamedTensors cast;
  for (const auto& [name, tensor] : inputs)
    cast.set(name, tensor.is_floating_point() ? tensor.to(dtype) : tensor);
  return cast;
}

void other_dtypes(const ModelFixture& fixture) {
  const ScratchDirectory dir;
  const auto before = fixture.model();
  save_pretrained(*before, dir / "model");
  const NamedTensors inputs = sample_inputs(*before, kBatch, kLength);
  for (const char* name : {"float64", "bfloat16", "float16"}) {
    FromPretrainedOptions options;
    options.dtype = model_dtype_from_name(name);
    const auto model = load(fixture.spec(), dir / "model", options).model;
    require_dtype(*model, name);
    if (inputs.empty()) continue;
    for (const auto& [output, tensor] : run(*model, in_dtype(inputs, *scalar_type_from_name(name))))
      require(at::isfinite(tensor).all().item<bool>(), output + " is not finite in " + name);
  }
}

// The model's own tensors under names without the prefix of the backbone, those of a head left out.
NamedTensors backbone_state(PreTrainedModel& model) {
  NamedTensors state;
  for (const StateEntry& entry : state_dict(model.base_model())) state.set(entry.name, entry.tensor.detach());
  return state;
}

void require_same_backbone(PreTrainedModel& wanted, PreTrainedModel& got) {
  std::map<std::string, at::Tensor> others;
  for (const StateEntry& entry : state_dict(got.base_model())) others.emplace(entry.name, entry.tensor);
  for (const StateEntry& entry : state_dict(wanted.base_model())) {
    // A head's backbone may lack a part, such as a pooler, or have none to give.
    const auto other = others.find(entry.name);
    if (other != others.end()) require_close(entry.tensor.detach(), other->second.detach(), entry.name, 0);
  }
}

void base_into_head(const ModelFixture& fixture) {
  fixture.require_head();
  const ScratchDirectory dir;
  const auto base =
      random_model(fixture.base_spec(), small_config(fixture.base_spec(), fixture.subject().config));
  save_pretrained(*base, dir / "base");
  const LoadedModel loaded = from_pretrained(fixture.spec(), dir / "base");
  const std::string prefix = fixture.spec().traits.base_model_prefix + ".";
  for (const std::string& key : loaded.report.missing_keys)
    require(!key.starts_with(prefix), key + " was not found in the backbone's checkpoint");
  require_same_backbone(*base, *loaded.model);
}

void head_into_base(const ModelFixture& fixture) {
  fixture.require_head();
  const ScratchDirectory dir;
  const auto head = fixture.model();
  save_pretrained(*head, dir / "head");
  const LoadedModel loaded = from_pretrained(fixture.base_spec(), dir / "head");
  const NamedTensors backbone = backbone_state(*head);
  for (const std::string& key : loaded.report.missing_keys)
    require(!backbone.contains(key), key + " was not found in the checkpoint of the class with a head");
  require_same_backbone(*head, *loaded.model);
}

}  // namespace

std::vector<ModelCheck> file_checks() {
  return {
      {"save-load", "a model that is saved and loaded is the same and gives the same results", save_load},
      {"save-load-bin", "so it is with pytorch_model.bin", save_load_bin},
      {"save-load-shards", "so it is with several files and an index", save_load_shards},
      {"assign-equals-copy", "weights that are views of the file give what copied ones give",
       assign_equals_copy},
      {"other-dtypes", "the model loads and runs in float64, bfloat16 and float16", other_dtypes},
      {"base-into-head", "a backbone's checkpoint loads into the class, but for its head", base_into_head},
      {"head-into-base", "the class's checkpoint loads into the backbone", head_into_base},
  };
}

}  // namespace modelhost::testing
