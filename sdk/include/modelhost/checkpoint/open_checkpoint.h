// From a model directory to a reader.
#pragma once

#include <filesystem>
#include <memory>

#include "modelhost/checkpoint/checkpoint_reader.h"

namespace modelhost {

/// Opens the weights of `path`: a weights file, or a directory in which transformers' order decides
/// (model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json). A file
/// named *.bin, *.pt or *.pth is read as torch.save's, *.index.json as an index, any other as safetensors. A
/// save that was interrupted there is completed first. Errors: kNoSuchDirectory, kCheckpointMissing (with
/// what was looked for and what there is), kCheckpointIndex, kCheckpointUnsafeName, kSaveUnfinished, and
/// those of the format.
std::unique_ptr<CheckpointReader> open_checkpoint(const std::filesystem::path& path);

}  // namespace modelhost
