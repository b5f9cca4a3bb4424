// A tensor of a checkpoint in another dtype.
#pragma once

#include <c10/core/ScalarType.h>

#include "modelhost/formats/tensor_info.h"

namespace modelhost::host {

struct CastTensor {
  TensorBytes bytes;
  int64_t overflowed = 0;  ///< finite values that the new dtype cannot hold and that became infinite
};

/// `bytes` of `info` as `type`, rounded as LibTorch's `to` does. Beside the result no more than a few
/// megabytes are in memory; pages of a mapped file are let go as they were read.
CastTensor cast_tensor(const TensorInfo& info, const TensorBytes& bytes, c10::ScalarType type);

/// Floating-point numbers that can be rounded to others: float16, bfloat16, float32, float64.
bool can_cast(Dtype dtype);
/// Numbers of 8 bits and fewer, which mean nothing without the scales that are kept elsewhere.
bool is_quantised(Dtype dtype);

}  // namespace modelhost::host
