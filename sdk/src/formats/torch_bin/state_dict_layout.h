// From the dict that a pickle holds to tensors with places in the file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "modelhost/formats/tensor_info.h"
#include "pickle_value.h"

namespace modelhost {

struct ByteRange {
  uint64_t begin = 0;  ///< in the file
  uint64_t size = 0;
};

/// The stored data of a file by key.
using StorageTable = std::map<std::string, ByteRange, std::less<>>;

struct StateDictLayout {
  std::vector<TensorInfo>
      tensors;  ///< in the order of their data; `end` - `begin` is the size of the tensor's bytes
  std::vector<Dtype> dtypes;  ///< of all tensors in the dict's own order
  /// Strides, in elements, of the tensors that do not lie in one piece: their bytes have to be gathered,
  /// starting at `begin`. Every element lies inside its storage.
  std::map<std::string, std::vector<int64_t>, std::less<>> strides;
};

/// Checks every entry of `root` against the data that is there. `file_size` bounds how much may have to be
/// gathered. Errors: kBinNotStateDict, kBinTensor, kPickleMalformed (a name given twice), each naming the
/// tensor.
StateDictLayout lay_out_state_dict(const PickleValue& root, const StorageTable& storages, uint64_t file_size,
                                   const std::string& path);

}  // namespace modelhost
