// How parameters start that no checkpoint fills.
#pragma once

#include <ATen/core/Tensor.h>

namespace modelhost::nn {

/// A rule of initialisation, as torch.nn.init has them. A value.
struct Init {
  enum class Kind { kConstant, kNormal, kTruncatedNormal };

  Kind kind = Kind::kConstant;
  double value = 0;    ///< of every element, or the mean
  double std_dev = 0;  ///< of the normal distributions

  static Init zeros() { return {}; }
  static Init ones() { return {Kind::kConstant, 1, 0}; }
  static Init normal(double std_dev, double mean = 0) { return {Kind::kNormal, mean, std_dev}; }
  /// Cut off at -2 and 2, whatever the deviation (torch.nn.init.trunc_normal_); drawn in float32.
  static Init trunc_normal(double std_dev, double mean = 0) {
    return {Kind::kTruncatedNormal, mean, std_dev};
  }

  /// Fills a tensor of any floating dtype in place, without recording gradients.
  void fill(at::Tensor tensor) const;
};

}  // namespace modelhost::nn
