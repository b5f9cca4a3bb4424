// Checks of what a caller passes in: an error here names the input, an error from a kernel would not.
#pragma once

#include <vector>

#include "gpt2_config.h"
#include "modelhost/model/named_tensors.h"

namespace modelhost::plugins::gpt2 {

/// The sizes of one forward. Inputs may have a dimension of choices between batch and sequence; inside the
/// model batch and choices are one.
struct InputShape {
  int64_t batch = 0;                ///< B, choices included
  int64_t sequence = 0;             ///< S
  std::vector<int64_t> dimensions;  ///< what the caller sees: [B, S] or [B / N, N, S]
};

/// Checks all inputs of GPT2Model against the config and each other; `dtype` is the model's.
/// Errors: kModelInput with the input's name, expected and got.
InputShape check_inputs(const NamedTensors& inputs, const GPT2Config& config, c10::ScalarType dtype);

}  // namespace modelhost::plugins::gpt2
