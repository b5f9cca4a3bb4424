// On which device each tensor of a model goes.
#pragma once

#include <c10/core/Device.h>

#include <optional>
#include <string>
#include <vector>

#include "modelhost/load/load_options.h"

namespace modelhost {

struct Placement {
  c10::Device device = at::kCPU;
  bool disk = false;           ///< a view of the mapped file
  bool disk_optional = false;  ///< … unless that cannot be
};

/// A device map whose values were checked. Errors of the constructor: kLoadOption for a device that LibTorch
/// has not here, for several devices, and for a name that is no module and no tensor of the
/// model, with the nearest one.
class Placements {
 public:
  /// An empty map leaves everything where it is. `bytes` are those of the checkpoint: "auto" asks.
  Placements(const DeviceMap& map, const std::vector<std::string>& tensor_names, uint64_t bytes);

  bool empty() const { return by_prefix_.empty(); }
  /// Errors: kLoadOption when no entry of the map covers the name.
  Placement of(const std::string& tensor_name) const;
  /// The device of everything that is not on disk.
  c10::Device compute_device() const { return compute_; }
  /// The map without "auto".
  DeviceMap resolved() const;

 private:
  std::map<std::string, Placement> by_prefix_;
  c10::Device compute_ = at::kCPU;
};

/// Tries the device out. `option` is "device" or "device_map". Errors: kLoadOption.
void check_device(c10::Device device, const std::string& option);

}  // namespace modelhost
