// Convolutions over images and over sequences.
#pragma once

#include <array>

#include "modelhost/nn/module.h"

namespace modelhost::nn {

/// Sizes of a convolution over `N` dimensions; what is left out is as in torch.nn.
template <std::size_t N>
struct ConvolutionSizes {
  int64_t in_channels, out_channels;
  std::array<int64_t, N> kernel;
  std::array<int64_t, N> stride = filled(1), padding = filled(0);
  int64_t groups = 1;
  bool bias = true;

  static constexpr std::array<int64_t, N> filled(int64_t value) {
    std::array<int64_t, N> all{};
    all.fill(value);
    return all;
  }
};

/// What convolutions of all dimensions have in common.
class Convolution : public Module {
 public:
  const Tensor& weight() const { return weight_; }
  const Tensor& bias() const { return bias_; }  ///< undefined without bias

 protected:
  Tensor weight_, bias_;
};

/// As torch.nn.Conv1d and torch.nn.Conv2d (not transformers' Conv1D, which is nn::Conv1D). Parameters:
/// `weight` [out_channels, in_channels / groups, kernel...] and, unless `bias` is false, `bias`
/// [out_channels].
template <std::size_t N>
class ConvolutionImpl : public Convolution {
 public:
  explicit ConvolutionImpl(const ConvolutionSizes<N>& sizes);

  /// x [B, in_channels, ...] with N dimensions behind the channels -> [B, out_channels, ...].
  Tensor forward(const Tensor& x);

 private:
  ConvolutionSizes<N> sizes_;
};

using Conv1dImpl = ConvolutionImpl<1>;
using Conv2dImpl = ConvolutionImpl<2>;
MODELHOST_MODULE(Conv1d);
MODELHOST_MODULE(Conv2d);

}  // namespace modelhost::nn
