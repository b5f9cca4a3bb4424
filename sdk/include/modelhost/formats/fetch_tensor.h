// Tensors one at a time, for whoever writes them.
#pragma once

#include <functional>

#include "modelhost/formats/tensor_info.h"

namespace modelhost {

/// Gives the bytes of one tensor when it is its turn; they are let go of before the next one is asked for.
using FetchTensor = std::function<TensorBytes(const TensorInfo& tensor)>;

}  // namespace modelhost
