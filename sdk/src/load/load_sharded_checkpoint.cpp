#include "modelhost/load/load_sharded_checkpoint.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "fetch_batches.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/checkpoint_names.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/formats/open_checkpoint.h"
#include "modelhost/formats/weights_format.h"
#include "modelhost/load/load_plan.h"
#include "modelhost/load/tensor_bytes.h"
#include "modelhost/model/state_dict.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;

// The first format whose index is there; safetensors comes last where another one is preferred.
std::string choose_index(const fs::path& folder, bool prefer_safe) {
  std::vector<std::string> indexes;
  for (const FormatRow& row : weights_formats()) indexes.push_back(CheckpointNames("", row.format).index());
  const std::string expected = join(indexes, " or ");
  if (!prefer_safe) std::ranges::rotate(indexes, indexes.begin() + 1);
  std::error_code status;
  for (const std::string& index : indexes) {
    if (fs::exists(folder / index, status)) return index;
  }
  throw Error(codes::kCheckpointMissing, "there is no checkpoint index")
      .file(folder.string())
      .expected(expected)
      .got("no index")
      .fix("load a single file with load_weights");
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
      plan.mismatched_keys.push_back(
          {entry.name, source->shape, entry.tensor.sizes().vec(), checkpoint.file_of(*source).string()});
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

void check_dtypes(const LoadPlan& plan) {
  for (const LoadStep& step : plan.steps) {
    if (scalar_type(step.source->dtype)) continue;
    throw Error(codes::kLoadDtype, "LibTorch has no type for " + std::string(dtype_name(step.source->dtype)))
        .key(step.source->name);
  }
}

void copy_all(LoadPlan& plan, CheckpointReader& checkpoint) {
  std::ranges::stable_sort(plan.steps, {}, [&](const LoadStep& step) {
    return std::tuple(checkpoint.file_of(*step.source), step.source->begin);
  });
  std::vector<const TensorInfo*> sources;
  for (const LoadStep& step : plan.steps) sources.push_back(step.source);
  for_each_tensor(checkpoint, sources, BytesUse::kOnce, largest_bytes(sources), {},
                  [&](std::size_t i, const at::Tensor& source) {
                    nn::materialize(plan.steps[i].target.tensor);
                    plan.steps[i].target.tensor.copy_(source);
                  });
}

}  // namespace

IncompatibleKeys load_sharded_checkpoint(PreTrainedModel& model, const fs::path& folder, bool strict,
                                         bool prefer_safe) {
  const at::NoGradGuard no_grad;
  const auto checkpoint = open_sharded_checkpoint(folder, choose_index(folder, prefer_safe));
  LoadPlan plan = make_plan(model, *checkpoint);
  if (strict && (!plan.missing_keys.empty() || !plan.unexpected_keys.empty())) {
    throw incomplete_error(plan, model.traits().architecture);
  }
  if (!plan.mismatched_keys.empty()) throw mismatch_error(plan, model, "");
  check_dtypes(plan);
  copy_all(plan, *checkpoint);
  return {std::move(plan.missing_keys), std::move(plan.unexpected_keys)};
}

}  // namespace modelhost
