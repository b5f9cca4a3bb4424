#include "modelhost/model/state_dict.h"

#include "modelhost/nn/module.h"

namespace modelhost {
namespace {

bool is_persistent(const torch::nn::Module& module, const std::string& buffer) {
  const auto* own = dynamic_cast<const nn::Module*>(&module);
  return !own || !own->non_persistent_buffers().contains(buffer);
}

void collect(torch::nn::Module& module, const std::string& prefix, std::vector<StateEntry>& entries) {
  for (const auto& parameter : module.named_parameters(/*recurse=*/false)) {
    entries.push_back({prefix + parameter.key(), parameter.value(), false, &module});
  }
  for (const auto& buffer : module.named_buffers(/*recurse=*/false)) {
    if (is_persistent(module, buffer.key()))
      entries.push_back({prefix + buffer.key(), buffer.value(), true, &module});
  }
  for (const auto& child : module.named_children())
    collect(*child.value(), prefix + child.key() + ".", entries);
}

}  // namespace

std::vector<StateEntry> state_dict(torch::nn::Module& module) {
  std::vector<StateEntry> entries;
  collect(module, "", entries);
  return entries;
}

std::vector<std::string> buffer_names(const torch::nn::Module& module) {
  std::vector<std::string> names;
  for (const auto& buffer : module.named_buffers()) names.push_back(buffer.key());
  return names;
}

}  // namespace modelhost
