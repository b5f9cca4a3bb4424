#include "modelhost/checkpoint/checkpoint_reader.h"

namespace modelhost {

CheckpointReader::~CheckpointReader() = default;

const TensorInfo* CheckpointReader::find(std::string_view name) const {
  if (by_name_.empty()) {
    for (const TensorInfo& tensor : tensors()) by_name_.emplace(tensor.name, &tensor);
  }
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? nullptr : it->second;
}

uint64_t CheckpointReader::total_bytes() const {
  uint64_t total = 0;
  for (const TensorInfo& tensor : tensors()) total += tensor.bytes();
  return total;
}

}  // namespace modelhost
