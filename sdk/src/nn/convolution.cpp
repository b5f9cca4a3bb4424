#include "modelhost/nn/convolution.h"

#include <ATen/ops/conv1d.h>
#include <ATen/ops/conv2d.h>

namespace modelhost::nn {

template <std::size_t N>
ConvolutionImpl<N>::ConvolutionImpl(const ConvolutionSizes<N>& sizes) : sizes_(sizes) {
  std::vector<int64_t> shape = {sizes.out_channels, sizes.in_channels / sizes.groups};
  shape.insert(shape.end(), sizes.kernel.begin(), sizes.kernel.end());
  weight_ = declare_parameter("weight", shape);
  if (sizes.bias) bias_ = declare_parameter("bias", {sizes.out_channels});
}

template <std::size_t N>
Tensor ConvolutionImpl<N>::forward(const Tensor& x) {
  const std::array<int64_t, N> dilation = ConvolutionSizes<N>::filled(1);
  if constexpr (N == 1)
    return at::conv1d(x, weight_, bias_, sizes_.stride, sizes_.padding, dilation, sizes_.groups);
  else
    return at::conv2d(x, weight_, bias_, sizes_.stride, sizes_.padding, dilation, sizes_.groups);
}

template class ConvolutionImpl<1>;
template class ConvolutionImpl<2>;

}  // namespace modelhost::nn
