// Positions as rotations of queries and keys (RoPE).
//
// Legend: B batch, S sequence, H heads, D head size.
#pragma once

#include <string>
#include <vector>

#include "modelhost/nn/module.h"

namespace modelhost::nn {

/// config.json's `rope_scaling` as numbers; what a type does not use is not looked at.
struct RopeScaling {
  std::string type = "default";  ///< default, linear or llama3
  double factor = 1;
  double low_freq_factor = 1, high_freq_factor = 4;
  int64_t original_max_position_embeddings = 0;
};

/// Cosines and sines of one forward, [B|1, 1, S, D] in the model's dtype. Undefined: no rotation.
struct Rotation {
  Tensor cos, sin;
};

/// LlamaRotaryEmbedding. It has no parameters; frequencies are kept in float64 and rounded as transformers
/// does.
class RotaryEmbeddingImpl : public Module {
 public:
  /// `head_size`: how many features of a head are rotated; an even number.
  /// Errors: kConfigChoice for an unknown type.
  RotaryEmbeddingImpl(int64_t head_size, double theta, const RopeScaling& scaling = {});

  /// positions int64 [B|1, S] -> rotation, computed in float32.
  Rotation forward(const Tensor& positions, c10::ScalarType dtype);

 private:
  std::vector<float> frequencies_;  ///< [D / 2]
};
MODELHOST_MODULE(RotaryEmbedding);

/// x [B, H, S, D'] with D' >= D -> the same shape: x cos + rotate_half(x) sin over the first D features
/// (transformers' `apply_rotary_pos_emb`). x itself where the rotation is undefined.
Tensor rotate(const Tensor& x, const Rotation& rotation);

}  // namespace modelhost::nn
