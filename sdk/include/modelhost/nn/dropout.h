// Random zeros while training; nothing otherwise.
#pragma once

#include <ATen/ops/dropout.h>

#include "modelhost/nn/module.h"

namespace modelhost::nn {

/// As torch.nn.Dropout: active in train mode only.
class DropoutImpl : public Module {
 public:
  explicit DropoutImpl(double p) : p_(p) {}
  Tensor forward(const Tensor& x) { return is_training() && p_ > 0 ? at::dropout(x, p_, true) : x; }
  double p() const { return p_; }

 private:
  double p_;
};
MODELHOST_MODULE(Dropout);

}  // namespace modelhost::nn
