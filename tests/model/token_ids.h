// Token ids as inputs of small models.
#pragma once

#include <ATen/ops/full.h>

namespace modelhost::test {

inline at::Tensor ids(at::IntArrayRef shape, int64_t value = 1) {
  return at::full(shape, value, at::kLong);
}

}  // namespace modelhost::test
