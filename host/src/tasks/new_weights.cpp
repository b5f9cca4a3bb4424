#include "modelhost/host/tasks/new_weights.h"

#include <torch/csrc/autograd/autograd.h>

#include <unordered_set>

#include "modelhost/model/state_dict.h"

namespace modelhost::host {

std::vector<std::string> parameters_behind(const at::Tensor& output, PreTrainedModel& model,
                                           const std::vector<std::string>& names) {
  const std::unordered_set<std::string> wanted(names.begin(), names.end());
  std::vector<std::string> asked, behind;
  std::vector<at::Tensor> parameters;
  for (const StateEntry& entry : state_dict(model)) {
    if (!wanted.contains(entry.name) || !entry.tensor.requires_grad()) continue;
    asked.push_back(entry.name);
    parameters.push_back(entry.tensor);
  }
  if (parameters.empty()) return {};
  const auto gradients = torch::autograd::grad({output.sum()}, parameters, /*grad_outputs=*/{},
                                               /*retain_graph=*/std::nullopt, /*create_graph=*/false,
                                               /*allow_unused=*/true);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (gradients[i].defined()) behind.push_back(asked[i]);
  }
  return behind;
}

}  // namespace modelhost::host
