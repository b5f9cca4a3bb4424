// The names that the files of a checkpoint have in a model directory, made and read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "modelhost/formats/weights_format.h"

namespace modelhost {

/// Names as transformers and huggingface_hub make them. A variant stands before the last extension:
/// model.fp16.safetensors, model.fp16-00001-of-00002.safetensors, model.safetensors.index.fp16.json;
/// pytorch_model.fp16.bin, pytorch_model.fp16-00001-of-00002.bin, pytorch_model.bin.index.fp16.json.
class CheckpointNames {
 public:
  /// `variant` is empty for none. Errors: kSaveOption for a variant that is not made of letters, digits, '.',
  /// '_', '-'.
  explicit CheckpointNames(std::string variant = {}, WeightsFormat format = WeightsFormat::kSafetensors);

  WeightsFormat format() const { return format_; }
  std::string single() const;
  std::string index() const;
  /// `number` counts from 1.
  std::string shard(std::size_t number, std::size_t count) const;

  /// Whether a file of that name holds or lists weights of this very variant, in safetensors or PyTorch's own
  /// format: what a save of this variant replaces. Files of other variants and other frameworks are not
  /// meant.
  bool owns(std::string_view name) const;

 private:
  std::string dotted_variant_;  // ".fp16" or ""
  WeightsFormat format_;
};

/// What a file is by its name.
struct CheckpointPart {
  enum class Kind : uint8_t { kSingle, kShard, kIndex };
  WeightsFormat format = WeightsFormat::kSafetensors;
  std::string variant;
  Kind kind = Kind::kSingle;
  int count = 0;  ///< of a shard: how many there are by its name
};

/// nullopt for any name that CheckpointNames makes for no variant.
std::optional<CheckpointPart> checkpoint_part(std::string_view name);

}  // namespace modelhost
