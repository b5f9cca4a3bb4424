// What goes where, decided before a single weight is touched.
#pragma once

#include <string>
#include <vector>

#include "modelhost/base/error.h"
#include "modelhost/formats/checkpoint_reader.h"
#include "modelhost/load/key_mapping.h"
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
  std::vector<StateEntry> to_initialize;     ///< missing or mismatched; tied tensors appear once
  std::vector<std::string> missing_keys;     ///< after tied names and ignore lists
  std::vector<std::string> unexpected_keys;  ///< the checkpoint's names after renaming
  std::vector<MismatchedKey> mismatched_keys;
  std::vector<std::string> messages;  ///< LoadReport::error_msgs
};

/// Compares the names and shapes of both sides, as transformers' `_load_pretrained_model` does. Reads no
/// tensor and changes nothing. Errors: kLoadPrefix, kLoadOption.
LoadPlan make_load_plan(PreTrainedModel& model, const CheckpointReader& checkpoint,
                        const KeyMapping& key_mapping = {});

/// kLoadMismatch listing every key with both shapes and its file, and the values of the config that the
/// model's sizes come from. `config_file` is empty where it is not known.
Error mismatch_error(const LoadPlan& plan, const PreTrainedModel& model, const std::string& config_file);
/// kLoadIncomplete listing every missing, unexpected and mismatched key.
Error incomplete_error(const LoadPlan& plan, const std::string& architecture);

}  // namespace modelhost
