// The tensors of a model under the names that checkpoints use.
#pragma once

#include <torch/nn/module.h>

#include <string>
#include <vector>

namespace modelhost {

struct StateEntry {
  std::string name;   ///< dotted, e.g. "encoder.layer.0.attention.self.query.weight"
  at::Tensor tensor;  ///< the live tensor: changing its data changes the model
  bool is_buffer = false;
  torch::nn::Module* owner = nullptr;  ///< the module whose own parameter or buffer it is
};

/// Parameters and persistent buffers in the order of PyTorch's `state_dict()`: a module's own parameters, its
/// buffers, then its children. Tied weights appear under each of their names.
std::vector<StateEntry> state_dict(torch::nn::Module& module);

/// Names of all buffers, the non-persistent ones too.
std::vector<std::string> buffer_names(const torch::nn::Module& module);

}  // namespace modelhost
