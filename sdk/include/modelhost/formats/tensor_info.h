// What a checkpoint says about one tensor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "modelhost/formats/dtype.h"

namespace modelhost {

struct TensorInfo {
  std::string name;
  Dtype dtype = Dtype::kF32;
  std::vector<int64_t> shape;  ///< empty for a scalar; a dimension may be 0
  uint64_t begin = 0;          ///< first byte, counted from the start of the file
  uint64_t end = 0;            ///< one past the last byte

  uint64_t bytes() const { return end - begin; }
  int64_t elements() const;
};

/// The bytes of a tensor. They may be written to (the file never changes) and live as long as `owner`.
struct TensorBytes {
  std::span<std::byte> data;
  std::shared_ptr<void> owner;
};

/// "[30522, 384]"
std::string shape_text(std::span<const int64_t> shape);

}  // namespace modelhost
