// One interface for every format a checkpoint may have.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "modelhost/checkpoint/tensor_info.h"

namespace modelhost {

/// The names, dtypes and shapes of a checkpoint, and its bytes on demand. Knows nothing of models.
class CheckpointReader {
 public:
  virtual ~CheckpointReader();

  /// All tensors, in the order of the files' data.
  virtual const std::vector<TensorInfo>& tensors() const = 0;
  /// The bytes of one of `tensors()`.
  virtual TensorBytes bytes(const TensorInfo& tensor) = 0;
  /// The file's own notes, e.g. {"format": "pt"}.
  virtual const std::map<std::string, std::string>& metadata() const = 0;
  /// The weights files, for messages.
  virtual std::vector<std::filesystem::path> files() const = 0;

  /// nullptr when there is no tensor of that name.
  const TensorInfo* find(std::string_view name) const;
  uint64_t total_bytes() const;

 private:
  mutable std::unordered_map<std::string_view, const TensorInfo*> by_name_;  // filled at first use
};

}  // namespace modelhost
