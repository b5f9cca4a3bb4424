// What the layers have in common that map features to features.
#pragma once

#include "modelhost/nn/module.h"

namespace modelhost::nn {

/// The base of nn::Linear and nn::Conv1D: a weight with one dimension of input features and one of output
/// features, and a bias over the latter. It is what head pruning cuts.
class Projection : public Module {
 public:
  int64_t in_features() const { return weight_.size(1 - out_dim_); }
  int64_t out_features() const { return weight_.size(out_dim_); }
  /// The dimension of the weight that counts output features: 0 in nn::Linear, 1 in nn::Conv1D.
  int64_t out_dim() const { return out_dim_; }
  const Tensor& weight() const { return weight_; }
  const Tensor& bias() const { return bias_; }  ///< [out_features]; undefined without bias

 protected:
  /// Declares `weight` and, unless `with_bias` is false, `bias`. `out_dim` is 0 or 1.
  Projection(int64_t in_features, int64_t out_features, int64_t out_dim, bool with_bias);

  Tensor weight_, bias_;

 private:
  int64_t out_dim_;
};

}  // namespace modelhost::nn
