#include "modelhost/nn/projection.h"

namespace modelhost::nn {

Projection::Projection(int64_t in_features, int64_t out_features, int64_t out_dim, bool with_bias)
    : out_dim_(out_dim) {
  const std::vector<int64_t> shape = out_dim == 0 ? std::vector<int64_t>{out_features, in_features}
                                                  : std::vector<int64_t>{in_features, out_features};
  weight_ = declare_parameter("weight", shape);
  if (with_bias) bias_ = declare_parameter("bias", {out_features});
}

}  // namespace modelhost::nn
