#include "modelhost/nn/rotary.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <cmath>

#include "modelhost/base/error.h"
#include "modelhost/base/error_codes.h"

namespace modelhost::nn {
namespace {

// Long waves are stretched by the factor, short ones are kept, and between them both are mixed
// (`_compute_llama3_parameters`).
float llama3_frequency(float frequency, const RopeScaling& scaling) {
  const auto length = static_cast<double>(scaling.original_max_position_embeddings);
  const double wave = 2 * M_PI / frequency;
  if (wave < length / scaling.high_freq_factor) return frequency;
  const double stretched = frequency / scaling.factor;
  if (wave > length / scaling.low_freq_factor) return static_cast<float>(stretched);
  const double smooth =
      (length / wave - scaling.low_freq_factor) / (scaling.high_freq_factor - scaling.low_freq_factor);
  return static_cast<float>((1 - smooth) * stretched + smooth * frequency);
}

float scaled(float frequency, const RopeScaling& scaling) {
  if (scaling.type == "default") return frequency;
  if (scaling.type == "linear") return static_cast<float>(frequency / scaling.factor);
  if (scaling.type == "llama3") return llama3_frequency(frequency, scaling);
  throw Error(codes::kConfigChoice, "this kind of rotary position embedding is not supported")
      .key("rope_scaling.rope_type")
      .expected("default, linear, llama3")
      .got(scaling.type);
}

}  // namespace

RotaryEmbeddingImpl::RotaryEmbeddingImpl(int64_t head_size, double theta, const RopeScaling& scaling) {
  for (int64_t i = 0; i < head_size; i += 2) {
    const auto exponent = static_cast<float>(static_cast<double>(i) / static_cast<double>(head_size));
    frequencies_.push_back(scaled(1.0F / std::pow(static_cast<float>(theta), exponent), scaling));
  }
}

Rotation RotaryEmbeddingImpl::forward(const Tensor& positions, c10::ScalarType dtype) {
  const Tensor frequencies = at::tensor(frequencies_, at::kFloat).to(positions.device());  // [D / 2]
  const Tensor half =
      positions.to(at::kFloat).unsqueeze(1).unsqueeze(-1) * frequencies;  // [B|1, 1, S, D / 2]
  const Tensor angles = at::cat({half, half}, -1);
  return {angles.cos().to(dtype), angles.sin().to(dtype)};
}

Tensor rotate(const Tensor& x, const Rotation& rotation) {
  if (!rotation.cos.defined()) return x;
  const int64_t size = rotation.cos.size(-1);
  const Tensor turned = x.slice(-1, 0, size);
  const Tensor rotate_half = at::cat({-turned.slice(-1, size / 2), turned.slice(-1, 0, size / 2)}, -1);
  const Tensor result = turned * rotation.cos + rotate_half * rotation.sin;
  return size == x.size(-1) ? result : at::cat({result, x.slice(-1, size)}, -1);
}

}  // namespace modelhost::nn
