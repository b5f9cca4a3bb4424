// What two checkpoints have in common and what not.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "modelhost/formats/checkpoint_reader.h"

namespace modelhost::host {

/// How far apart the numbers of two tensors, or of all of them, are.
struct Distance {
  int64_t elements = 0;   ///< compared
  int64_t different = 0;  ///< elements of other bits or, where the dtypes differ, of other value
  /// Elements of which one is NaN or infinite and the other is something else. They do not count below.
  int64_t nonfinite = 0;
  double max_abs = 0;
  double sum_abs = 0;

  double mean_abs() const {
    return elements > nonfinite ? sum_abs / static_cast<double>(elements - nonfinite) : 0;
  }
  void add(const Distance& other);
};

/// A tensor that both have under one name, and that is not the same bit for bit.
struct TensorDifference {
  TensorInfo a, b;
  bool compared = false;  ///< the shapes agree, and both are real, or both complex, numbers
  Distance distance;
};

struct CheckpointDifference {
  std::vector<std::string> only_in_a, only_in_b;  ///< sorted
  std::vector<TensorDifference> tensors;          ///< the largest difference first
  int64_t same_tensors = 0;                       ///< same dtype, shape and bits
  Distance all;  ///< over all tensors that were compared, equal ones included

  bool identical() const { return only_in_a.empty() && only_in_b.empty() && tensors.empty(); }
};

/// Compares by names. Numbers of different dtypes are compared as float64, to which all are cast (64 bit
/// integers beyond 2^53 lose their last digits there, and are still found to differ). The parts of complex
/// numbers are compared each for itself. A few megabytes of one pair of tensors are in memory at a time.
/// `progress` hears of bytes of `a`. Errors: kLoadDtype.
CheckpointDifference diff_checkpoints(
    CheckpointReader& a, CheckpointReader& b,
    const std::function<void(uint64_t done, uint64_t total)>& progress = {});

}  // namespace modelhost::host
