// Tensors of a checkpoint one after the other, read in batches.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <span>
#include <vector>

#include "modelhost/formats/checkpoint_reader.h"

namespace modelhost {

/// Calls `take(i, tensor)` for every one of `sources` with a tensor over its bytes. Several are read together
/// as long as they have at most `limit` bytes; one alone may have more. Of a batch nothing is kept here
/// after its last call. Errors: those of CheckpointReader::fetch and tensor_over; what the callbacks throw.
void for_each_tensor(CheckpointReader& checkpoint, std::span<const TensorInfo* const> sources, BytesUse use,
                     uint64_t limit, const BytesProgress& progress,
                     const std::function<void(std::size_t i, at::Tensor tensor)>& take);

/// Bytes of the largest.
uint64_t largest_bytes(std::span<const TensorInfo* const> sources);

}  // namespace modelhost
