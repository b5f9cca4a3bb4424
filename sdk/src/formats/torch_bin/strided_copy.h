// Gathering a tensor that does not lie in one piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace modelhost {

/// Copies a tensor into `out` in row-major order. `base` is its first element, `element` the size of one in
/// bytes (1, 2, 4 or 8); strides count elements. `out` has exactly the tensor's bytes, at least one element; the caller has
/// checked that all elements can be read.
void strided_copy(const std::byte* base, std::size_t element, std::span<const int64_t> shape,
                  std::span<const int64_t> strides, std::span<std::byte> out);

}  // namespace modelhost
