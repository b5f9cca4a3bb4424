// Where the heads of an attention are.
#pragma once

#include <vector>

#include "modelhost/nn/projection.h"

namespace modelhost::nn {

/// One layer's self attention as head pruning sees it: an architecture tells which features belong to heads,
/// the SDK does the cutting (PreTrainedModel::prune_heads). Pointers are into the model.
struct AttentionHeads {
  /// A projection whose output features are, `parts` times over, the features of head 0, head 1, …: `parts`
  /// is 1 for a query, key or value projection and 3 where one projection computes all three.
  struct Input {
    Projection* projection;
    int64_t parts = 1;
  };

  int64_t* num_heads;  ///< the attention's own count, which pruning lowers
  int64_t head_size;
  std::vector<Input> inputs;
  std::vector<Projection*> outputs;  ///< projections whose input features are those of the heads
};

}  // namespace modelhost::nn
