// Looking at the numbers of a tensor without LibTorch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "modelhost/formats/dtype.h"

namespace modelhost {

struct NonFinite {
  int64_t nan = 0;
  int64_t infinite = 0;
};

/// Counts values that are NaN or infinite; integers and types of 8 bits and fewer have none that count.
NonFinite count_non_finite(Dtype dtype, std::span<const std::byte> bytes);

}  // namespace modelhost
