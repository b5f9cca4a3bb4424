// From a model directory to a reader.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "modelhost/formats/checkpoint_reader.h"

namespace modelhost {

/// Which of a directory's weights, and how to read them.
struct CheckpointOptions {
  std::string variant;                  ///< "fp16": model.fp16.safetensors and so on
  std::optional<bool> use_safetensors;  ///< true: nothing else; false: pytorch_model.bin alone
  ReadMode read_mode = ReadMode::kAuto;
};

/// Opens the weights of `path`: a weights file, or a directory in which transformers' order decides
/// (model.safetensors, model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json). A file
/// named *.bin, *.pt or *.pth is read as torch.save's, *.index.json as an index, any other as safetensors. A
/// file that `path` names may be a link to anywhere; one that is found in a directory may not leave it,
/// unless for the blobs of the same hub cache. A save that was interrupted there is completed first. Errors:
/// kNoSuchDirectory, kCheckpointMissing (with what was looked for and what there is), kCheckpointIndex,
/// kCheckpointUnsafeName, kSaveUnfinished, kSaveOption (variant), and those of the format.
std::unique_ptr<CheckpointReader> open_checkpoint(const std::filesystem::path& path,
                                                  const CheckpointOptions& options = {});

/// Opens the sharded checkpoint whose index is called `index` in `directory`. Errors: as above.
std::unique_ptr<CheckpointReader> open_sharded_checkpoint(const std::filesystem::path& directory,
                                                          const std::string& index,
                                                          ReadMode mode = ReadMode::kAuto);

}  // namespace modelhost
