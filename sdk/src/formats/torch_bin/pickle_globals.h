// The names that a pickle may ask for. There are no others, and none of them is ever called: each only tells
// which plain value to make.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "modelhost/formats/dtype.h"

namespace modelhost {

enum class PickleRole : uint8_t {
  kStorageType,     ///< class of a storage: tells the dtype of its tensors
  kUntypedStorage,  ///< bytes; the tensor names the dtype
  kDtype,
  kOrderedDict,
  kSize,
  kTensorClass,    ///< torch.Tensor and Parameter, as an argument of _rebuild_from_type_v2
  kRebuildTensor,  ///< (storage, offset, sizes, strides) and, in later versions, more
  kRebuildTensorV2,
  kRebuildTensorV3,
  kRebuildParameter,
  kRebuildParameterWithState,
  kRebuildFromType,
};

struct PickleGlobal {
  std::string_view name;  ///< "torch._utils._rebuild_tensor_v2"
  PickleRole role;
  std::optional<Dtype>
      dtype;  ///< of kStorageType and kDtype; empty where the SDK has no equal (quantised types …)
};

/// nullptr when the name is not allowed.
const PickleGlobal* find_pickle_global(std::string_view module, std::string_view name);

}  // namespace modelhost
