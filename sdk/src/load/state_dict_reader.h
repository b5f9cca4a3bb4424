// Tensors in memory as a checkpoint.
#pragma once

#include "modelhost/formats/checkpoint_reader.h"
#include "modelhost/model/named_tensors.h"

namespace modelhost {

class StateDictReader : public CheckpointReader {
 public:
  /// Keeps the tensors. Those that are not contiguous or not on the CPU are copied when they are asked for.
  /// Errors: kLoadDtype for a dtype that no checkpoint has.
  explicit StateDictReader(const NamedTensors& state_dict);

  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  TensorBytes bytes(const TensorInfo& tensor) override;
  const std::map<std::string, std::string>& metadata() const override { return metadata_; }
  std::vector<std::filesystem::path> files() const override { return {}; }
  std::vector<Dtype> dtypes_in_order() const override;

 private:
  std::map<std::string, at::Tensor, std::less<>> values_;
  std::vector<TensorInfo> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace modelhost
