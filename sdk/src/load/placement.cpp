#include "placement.h"

#include <ATen/Context.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#include "base/system_memory.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"
#include "option_errors.h"

namespace modelhost {
namespace {

bool covers(const std::string& prefix, const std::string& name) {
  if (prefix.empty() || name == prefix) return true;
  return name.size() > prefix.size() && name.starts_with(prefix) && name[prefix.size()] == '.';
}

// Names of all tensors and of the modules that they stand in.
std::vector<std::string> all_names(const std::vector<std::string>& tensor_names) {
  std::vector<std::string> names;
  for (const std::string& name : tensor_names) {
    names.push_back(name);
    for (auto dot = name.rfind('.'); dot != name.npos && dot > 0; dot = name.rfind('.', dot - 1))
      names.push_back(name.substr(0, dot));
  }
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return names;
}

void check_is_name(const std::string& prefix, const std::vector<std::string>& tensor_names) {
  if (prefix.empty()) return;  // the whole model, even one without tensors
  if (std::ranges::any_of(tensor_names, [&](const std::string& name) { return covers(prefix, name); }))
    return;
  Error error(codes::kLoadOption, "a load option is not usable: device_map names no module of the model");
  error.key(prefix);
  const std::string near = nearest_name(prefix, all_names(tensor_names));
  if (!near.empty()) error.fix("did you mean " + near + "?");
  throw error;
}

Placement automatic(uint64_t bytes) {
  if (at::hasCUDA()) return {c10::Device(at::kCUDA, 0)};
  if (bytes <= available_memory()) return {};
  return {at::kCPU, true, true};
}

Placement placement_of(const Place& place, uint64_t bytes) {
  if (place.is_disk()) return {at::kCPU, true, false};
  const Placement placement = place.is_automatic() ? automatic(bytes) : Placement{place.device()};
  check_device(placement.device, "device_map");
  return placement;
}

}  // namespace

void check_device(c10::Device device, const std::string& option) {
  if (device.is_meta()) throw unusable_device("weights cannot be on the meta device", option, device.str());
  try {
    at::empty({1}, at::TensorOptions().device(device));
  } catch (const c10::Error&) {
    throw unusable_device("LibTorch has no such device here", option, device.str());
  }
}

Placements::Placements(const DeviceMap& map, const std::vector<std::string>& tensor_names, uint64_t bytes) {
  std::optional<c10::Device> only;
  for (const auto& [prefix, value] : map) {
    check_is_name(prefix, tensor_names);
    const Placement placement = placement_of(value, bytes);
    by_prefix_.emplace(prefix, placement);
    if (only && *only != placement.device) {
      throw Error(codes::kLoadOption, "a load option is not usable: device_map names several devices")
          .key(prefix)
          .expected(only->str() + " for the whole model: nothing moves activations between devices")
          .got(value.name());
    }
    only = compute_ = placement.device;
  }
}

Placement Placements::of(const std::string& tensor_name) const {
  const Placement* best = nullptr;
  std::size_t length = 0;
  for (const auto& [prefix, placement] : by_prefix_) {
    if (!covers(prefix, tensor_name) || (best && prefix.size() < length)) continue;
    best = &placement;
    length = prefix.size();
  }
  if (best) return *best;
  throw Error(codes::kLoadOption, "a load option is not usable: device_map gives a tensor no device")
      .key(tensor_name)
      .fix("add an entry for it, or one for \"\", which is the whole model");
}

DeviceMap Placements::resolved() const {
  DeviceMap map;
  for (const auto& [prefix, placement] : by_prefix_)
    map.emplace(prefix, placement.disk ? Place::disk() : Place(placement.device));
  return map;
}

}  // namespace modelhost
