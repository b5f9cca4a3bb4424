// What goes where, decided before a single weight is touched.
#pragma once

#include <string>
#include <vector>

#include "modelhost/base/error.h"
#include "modelhost/checkpoint/checkpoint_reader.h"
#include "modelhost/load/load_report.h"
#include "modelhost/model/pretrained_model.h"
#include "modelhost/model/state_dict.h"

namespace modelhost {

/// One tensor of the model and the checkpoint's tensor for it.
struct LoadStep {
  StateEntry target;
  const TensorInfo* source = nullptr;
};

struct LoadPlan {
  std::vector<LoadStep> steps;               ///< tied tensors appear once
  std::vector<StateEntry> to_initialize;     ///< missing or mismatched
  std::vector<std::string> missing_keys;     ///< after tied names and ignore lists
  std::vector<std::string> unexpected_keys;  ///< the checkpoint's own names
  std::vector<MismatchedKey> mismatched_keys;
};

/// Compares the names and shapes of both sides, as transformers' `_load_pretrained_model` does. Reads no
/// tensor and changes nothing. Errors: kLoadPrefix.
LoadPlan make_load_plan(PreTrainedModel& model, const CheckpointReader& checkpoint);

/// kLoadMismatch listing every key with both shapes.
Error mismatch_error(const LoadPlan& plan, const std::string& architecture);
/// kLoadIncomplete listing every missing, unexpected and mismatched key.
Error incomplete_error(const LoadPlan& plan, const std::string& architecture);

}  // namespace modelhost
