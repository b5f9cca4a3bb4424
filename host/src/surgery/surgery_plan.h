// What changing a checkpoint would do, worked out from its headers alone.
#pragma once

#include <c10/core/ScalarType.h>

#include <memory>
#include <string>
#include <vector>

#include "modelhost/host/surgery/change_checkpoint.h"
#include "modelhost/load/load_plan.h"
#include "modelhost/load/pretrained_files.h"

namespace modelhost::host {

/// The class, its config and the checkpoint: of one save.
struct SurgeryInput {
  const ModelSpec& spec;
  PretrainedFiles files;
};

/// A model of placeholders. Errors: those of ModelSpec::config_from and make_model, with the config's file.
std::shared_ptr<PreTrainedModel> placeholder_model(const SurgeryInput& input, c10::ScalarType dtype);

/// A dtype that holds all of the model's weights as they are in the file: theirs if they have one, else the
/// widest, or float32 for float16 beside bfloat16.
c10::ScalarType dtype_without_loss(const LoadPlan& plan);

/// Errors: kLoadMismatch, kLoadIncomplete (see change_checkpoint).
void check_nothing_is_lost(const PreTrainedModel& model, const LoadPlan& plan, const std::string& config_file,
                           bool drop_unexpected);

/// The files that save_pretrained will write for the model, sorted.
std::vector<std::string> files_to_write(PreTrainedModel& model, const ChangeOptions& options);

}  // namespace modelhost::host
