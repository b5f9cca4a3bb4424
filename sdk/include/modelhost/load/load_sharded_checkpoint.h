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

/// transformers' `load_sharded_checkpoint`: copies the tensors that `folder`/model.safetensors.index.json
/// lists, or pytorch_model.bin.index.json where there is no other or `prefer_safe` is false, into the model's
/// own, cast to their dtype. Names are taken as they are: no base model prefix is added, no old name
/// understood. What the checkpoint lacks keeps its values. A tied tensor is present under any of its names
/// (transformers calls its other names missing). Errors: kCheckpointMissing (no index), kLoadIncomplete
/// (`strict`), kLoadMismatch, kLoadDtype, kCheckpointUnsafeName and others of open_checkpoint: the model is
/// unchanged then. Only where the storage itself fails while weights are copied (kFileUnreadable) some of
/// them are new.
IncompatibleKeys load_sharded_checkpoint(PreTrainedModel& model, const std::filesystem::path& folder,
                                         bool strict = true, bool prefer_safe = true);

}  // namespace modelhost
