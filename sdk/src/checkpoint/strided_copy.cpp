#include "strided_copy.h"

#include <cstring>
#include <vector>

namespace modelhost {

void strided_copy(const std::byte* base, std::size_t element, std::span<const int64_t> shape,
                  std::span<const int64_t> strides, std::span<std::byte> out) {
  std::vector<int64_t> index(shape.size(), 0);
  const std::size_t inner = shape.size() - 1;
  const int64_t row = shape[inner], step = strides[inner] * static_cast<int64_t>(element);
  std::byte* to = out.data();
  std::byte* const end = to + out.size();
  while (true) {
    int64_t offset = 0;
    for (std::size_t i = 0; i < inner; ++i) offset += index[i] * strides[i];
    const std::byte* from = base + offset * static_cast<int64_t>(element);
    for (int64_t i = 0; i < row; ++i, to += element) std::memcpy(to, from + i * step, element);
    if (to == end) return;
    std::size_t axis = inner;  // the next row: count up, with carry
    while (axis-- > 0 && ++index[axis] == shape[axis]) index[axis] = 0;
  }
}

}  // namespace modelhost
