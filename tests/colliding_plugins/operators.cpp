// Compiled twice: both plugins register the operator collide::side with LibTorch, which takes it only once
// and ends the process of whoever opens the second library.
#include <torch/library.h>

#include "collide_contract.h"
#include "collide_model.h"

namespace collide {

int64_t side() {
  return SIDE;
}

TORCH_LIBRARY(collide, library) {
  library.def("side() -> int", &side);
}

modelhost::NamedTensors CollideModel::forward(const modelhost::NamedTensors& inputs,
                                              const modelhost::ForwardOptions&) {
  return inputs;
}

}  // namespace collide

COLLIDING_PLUGIN(modelhost::make_abi_stamp(),
                 registrar.add(modelhost::model_spec<collide::CollideModel>(ARCHITECTURE)));
