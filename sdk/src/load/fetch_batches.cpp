#include "fetch_batches.h"

#include <algorithm>
#include <utility>

#include "modelhost/load/tensor_bytes.h"

namespace modelhost {

void for_each_tensor(CheckpointReader& checkpoint, std::span<const TensorInfo* const> sources, BytesUse use,
                     uint64_t limit, const BytesProgress& progress,
                     const std::function<void(std::size_t i, at::Tensor tensor)>& take) {
  for (std::size_t begin = 0, end = 0; begin < sources.size(); begin = end) {
    uint64_t bytes = sources[end++]->bytes();
    while (end < sources.size() && bytes + sources[end]->bytes() <= limit) bytes += sources[end++]->bytes();
    std::vector<TensorBytes> batch = checkpoint.fetch(sources.subspan(begin, end - begin), use, progress);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      take(begin + i, tensor_over(*sources[begin + i], std::exchange(batch[i], {})));
    }
  }
}

uint64_t largest_bytes(std::span<const TensorInfo* const> sources) {
  uint64_t largest = 0;
  for (const TensorInfo* source : sources) largest = std::max(largest, source->bytes());
  return largest;
}

}  // namespace modelhost
