// How large a model is.
#pragma once

#include <cstdint>

#include "modelhost/base/json.h"
#include "modelhost/model/pretrained_model.h"

namespace modelhost::host {

struct ModelFigures {
  int64_t parameters = 0;  ///< elements, tied ones once
  int64_t bytes = 0;       ///< of parameters and buffers
  /// Of a forward and a backward pass for one token, as transformers' `floating_point_ops` counts them: 6 for
  /// each parameter that is not of an embedding.
  int64_t operations_per_token = 0;
  int64_t heads = 0;       ///< of all layers; 0 for a class that does not tell where its heads are
  int64_t vocabulary = 0;  ///< rows of the token embedding; 0 without one

  Json to_json() const;
};

/// Weights are not looked at: placeholders will do.
ModelFigures figures_of(PreTrainedModel& model);

}  // namespace modelhost::host
