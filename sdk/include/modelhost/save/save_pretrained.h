// A model into a directory, in one step.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modelhost/formats/shard_plan.h"
#include "modelhost/model/named_tensors.h"
#include "modelhost/model/pretrained_model.h"

namespace modelhost {

struct SaveOptions {
  ByteSize max_shard_size = "5GB";  ///< 200, "500MB"; a larger tensor gets a file of its own
  std::string variant;              ///< "fp16": model.fp16.safetensors; other variants in the directory stay
  bool safe_serialization = true;   ///< false: pytorch_model.bin, as torch.save writes it
  /// Saved instead of the model's own tensors (transformers' `state_dict`), in this order.
  std::optional<NamedTensors> state_dict;
  /// Called after each portion of weights, at most 64 MB, with the bytes written so far and altogether. May
  /// throw to stop the save; the directory is then as before.
  std::function<void(uint64_t done, uint64_t total)> progress;
};

/// What a save did.
struct SaveReport {
  std::filesystem::path directory;        ///< links resolved
  std::vector<std::string> files;         ///< written, by name
  std::vector<std::string> removed;       ///< weights of an earlier save that these replace
  std::vector<std::string> tied_keys;     ///< left out because another name holds the same tensor
  std::vector<std::string> ignored_keys;  ///< left out by `keys_to_ignore_on_save`
  int64_t tensors = 0;
  int64_t shards = 0;
  uint64_t bytes = 0;    ///< of tensors
  bool journal = false;  ///< put in place file by file, see AtomicDirectory
  double seconds = 0;

  std::string to_text() const;
};

/// transformers' `save_pretrained`: config.json, the weights in one file or in shards with an index, and
/// generation_config.json for a class that can generate (generation settings that the config states move
/// there). Sets the config's `architectures` and `dtype` to what the model is. In safetensors tied tensors
/// are written once: names that `tied_weights_keys` matches are left out while another name keeps the tensor.
/// Tensors that share memory without overlapping are written each for itself. In pytorch_model.bin all names
/// are kept, and names of one tensor share its data in one file.
///
/// The directory changes in one step (see AtomicDirectory): whatever stops the process, it holds the whole
/// old model or the whole new one. Other files in it stay (tokenizer, README.md, other variants), earlier
/// weights of this variant go, whether they are single or sharded, in safetensors or pytorch_model.bin.
/// Saving over the directory that the model was loaded from is safe. Tensors are written from where they lie;
/// one that is not contiguous or not in main memory is copied for the moment of its writing.
///
/// Errors: kSaveTarget (transformers only logs it), kSaveOption, kSaveNoWeights, kSaveSharedTensors,
/// kSaveNoSpace, kFileUnwritable, kLoadDtype (a dtype that the format does not know), kConfigInconsistent
/// (generation settings that transformers would not save). After any of them the
/// directory is as before.
SaveReport save_pretrained(PreTrainedModel& model, const std::filesystem::path& directory,
                           const SaveOptions& options = {});

}  // namespace modelhost
