#include "state_dict_reader.h"

#include "modelhost/load/tensor_bytes.h"

namespace modelhost {

StateDictReader::StateDictReader(const NamedTensors& state_dict) {
  for (const auto& [name, tensor] : state_dict) {
    const uint64_t bytes = static_cast<uint64_t>(tensor.numel()) * tensor.element_size();
    tensors_.push_back({name, checkpoint_dtype(tensor.scalar_type()), tensor.sizes().vec(), 0, bytes});
    values_.emplace(name, tensor.detach());
  }
}

TensorBytes StateDictReader::bytes(const TensorInfo& tensor) {
  auto plain = std::make_shared<at::Tensor>(values_.at(tensor.name).cpu().contiguous());
  return {{static_cast<std::byte*>(plain->data_ptr()), plain->nbytes()}, plain};
}

std::vector<Dtype> StateDictReader::dtypes_in_order() const {
  std::vector<Dtype> types;
  for (const TensorInfo& tensor : tensors_) types.push_back(tensor.dtype);
  return types;
}

}  // namespace modelhost
