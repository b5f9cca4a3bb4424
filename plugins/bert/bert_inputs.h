// Checks of what a caller passes in: an error here names the input, an error from a kernel would not.
#pragma once

#include "bert_config.h"
#include "modelhost/model/named_tensors.h"

namespace modelhost::plugins::bert {

/// The sizes of one forward.
struct InputShape {
  int64_t batch = 0;     ///< B
  int64_t sequence = 0;  ///< S
};

/// Checks all inputs of BertModel against the config and each other; `dtype` is the model's.
/// Errors: kModelInput with the input's name, expected and got.
InputShape check_inputs(const NamedTensors& inputs, const BertConfig& config, c10::ScalarType dtype);

}  // namespace modelhost::plugins::bert
