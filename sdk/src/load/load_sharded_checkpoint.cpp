#include "modelhost/load/load_sharded_checkpoint.h"

#include <ATen/core/grad_mode.h>

#include <unordered_map>
#include <unordered_set>

#include "modelhost/base/error_codes.h"
#include "modelhost/checkpoint/open_checkpoint.h"
#include "modelhost/load/load_plan.h"
#include "modelhost/load/tensor_bytes.h"
#include "modelhost/model/state_dict.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSafeIndex = "model.safetensors.index.json";
constexpr const char* kPickleIndex = "pytorch_model.bin.index.json";

fs::path choose_index(const fs::path& folder, bool prefer_safe) {
  std::error_code status;
  const bool safe = fs::exists(folder / kSafeIndex, status),
             pickle = fs::exists(folder / kPickleIndex, status);
  if (safe && (prefer_safe || !pickle)) return folder / kSafeIndex;
  throw Error(codes::kCheckpointMissing, "there is no checkpoint index that can be read")
      .file(folder.string())
      .expected(kSafeIndex)
      .got(pickle ? kPickleIndex : "no index")
      .fix(pickle ? "save the checkpoint as safetensors" : "load a single file with load_weights");
}

LoadPlan make_plan(PreTrainedModel& model, const CheckpointReader& checkpoint) {
  LoadPlan plan;
  std::unordered_set<std::string> known;
  std::unordered_set<const c10::TensorImpl*> filled;
  const std::vector<StateEntry> state = state_dict(model);
  for (const StateEntry& entry : state) {
    known.insert(entry.name);
    const TensorInfo* source = checkpoint.find(entry.name);
    if (!source) continue;
    filled.insert(entry.tensor.unsafeGetTensorImpl());
    if (entry.tensor.sizes() == at::IntArrayRef(source->shape)) {
      plan.steps.push_back({entry, source});
    } else {
      plan.mismatched_keys.push_back({entry.name, source->shape, entry.tensor.sizes().vec()});
    }
  }
  for (const StateEntry& entry : state) {
    if (!filled.contains(entry.tensor.unsafeGetTensorImpl())) plan.missing_keys.push_back(entry.name);
  }
  for (const TensorInfo& tensor : checkpoint.tensors()) {
    if (!known.contains(tensor.name)) plan.unexpected_keys.push_back(tensor.name);
  }
  return plan;
}

}  // namespace

IncompatibleKeys load_sharded_checkpoint(PreTrainedModel& model, const fs::path& folder, bool strict,
                                         bool prefer_safe) {
  const at::NoGradGuard no_grad;
  const auto checkpoint = open_checkpoint(choose_index(folder, prefer_safe));
  LoadPlan plan = make_plan(model, *checkpoint);
  const std::string& architecture = model.traits().architecture;
  if (strict && (!plan.missing_keys.empty() || !plan.unexpected_keys.empty())) {
    throw incomplete_error(plan, architecture);
  }
  if (!plan.mismatched_keys.empty()) throw mismatch_error(plan, architecture);
  std::vector<at::Tensor> sources;  // all made before the first copy: a dtype may be unknown
  for (const LoadStep& step : plan.steps) {
    sources.push_back(tensor_over(*step.source, checkpoint->bytes(*step.source)));
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    nn::materialize(plan.steps[i].target.tensor);
    plan.steps[i].target.tensor.copy_(sources[i]);
  }
  return {std::move(plan.missing_keys), std::move(plan.unexpected_keys)};
}

}  // namespace modelhost
