#include "modelhost/model/named_tensors.h"

#include <algorithm>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"

namespace modelhost {

const NamedTensors::Entry* NamedTensors::find(std::string_view name) const {
  const auto it = std::ranges::find(entries_, name, &Entry::first);
  return it == entries_.end() ? nullptr : &*it;
}

void NamedTensors::set(std::string_view name, at::Tensor tensor) {
  if (!tensor.defined()) return;
  if (const Entry* entry = find(name)) {
    const_cast<Entry*>(entry)->second = std::move(tensor);
  } else {
    entries_.emplace_back(name, std::move(tensor));
  }
}

at::Tensor NamedTensors::get(std::string_view name) const {
  const Entry* entry = find(name);
  return entry ? entry->second : at::Tensor();
}

const at::Tensor& NamedTensors::at(std::string_view name) const {
  if (const Entry* entry = find(name)) return entry->second;
  throw Error(codes::kModelInput, "there is no tensor of that name")
      .key(std::string(name))
      .got(join(names(), ", "));
}

std::vector<at::Tensor> NamedTensors::list(std::string_view name) const {
  std::vector<at::Tensor> tensors;
  while (const Entry* entry = find(std::string(name) + "." + std::to_string(tensors.size()))) {
    tensors.push_back(entry->second);
  }
  return tensors;
}

std::vector<std::string> NamedTensors::names() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.first);
  return names;
}

}  // namespace modelhost
