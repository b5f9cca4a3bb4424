// What plugins register with LibTorch's dispatcher. Two libraries that register one operator end the process
// (LibTorch throws in a static constructor), so the host looks before it opens the second one.
#pragma once

#include <set>
#include <string>

#include "modelhost/base/error.h"

namespace modelhost::host {

/// What opening one library added to the dispatcher.
struct TorchRegistrations {
  std::set<std::string> operators;   ///< with a schema: "ns::name" or "ns::name.overload"
  std::set<std::string> namespaces;  ///< those that a TORCH_LIBRARY claims; only one library may
};

/// What is registered now, in this process.
TorchRegistrations torch_registrations();

/// What `after` has and `before` had not.
TorchRegistrations added(const TorchRegistrations& before, const TorchRegistrations& after);

/// Errors: kOperatorConflict that lists what of `wanted` this process has already.
void check_no_conflict(const TorchRegistrations& wanted);

}  // namespace modelhost::host
