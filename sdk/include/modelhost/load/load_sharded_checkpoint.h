// A sharded checkpoint into a model that already has weights.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "modelhost/model/pretrained_model.h"

namespace modelhost {

struct IncompatibleKeys {
  std::vector<std::string> missing_keys;     ///< in the model, not in the index; in the model's order
  std::vector<std::string> unexpected_keys;  ///< in the index, not in the model; sorted
};

/// transformers' `load_sharded_checkpoint`: copies the tensors of `folder`/model.safetensors.index.json into
/// the model's own, cast to their dtype. Names are taken as they are: no base model prefix is added, no old
/// name understood. What the checkpoint lacks keeps its values. A tied tensor is present under any of its
/// names (transformers calls its other names missing). Only safetensors is read: `prefer_safe` = false is
/// refused where only pytorch_model.bin.index.json would be read. Errors: kCheckpointMissing (no index),
/// kLoadIncomplete (`strict`), kLoadMismatch, those of open_checkpoint. The model is unchanged after an
/// error.
IncompatibleKeys load_sharded_checkpoint(PreTrainedModel& model, const std::filesystem::path& folder,
                                         bool strict = true, bool prefer_safe = true);

}  // namespace modelhost
