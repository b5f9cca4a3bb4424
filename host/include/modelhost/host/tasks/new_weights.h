// Weights that a checkpoint did not have, and what depends on them.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "modelhost/model/pretrained_model.h"

namespace modelhost::host {

/// Those of the parameters `names` that `output` was computed from: a gradient flows back to them. `output`
/// must have been computed with gradients recorded; names of buffers are passed over.
std::vector<std::string> parameters_behind(const at::Tensor& output, PreTrainedModel& model,
                                           const std::vector<std::string>& names);

}  // namespace modelhost::host
