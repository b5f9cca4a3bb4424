// What is said of load options that cannot be.
#pragma once

#include <c10/core/ScalarType.h>

#include <string>

#include "modelhost/base/error.h"

namespace modelhost {

/// The floating-point types that a model can compute in.
bool is_model_dtype(c10::ScalarType type);

/// kLoadDtype. `option` is where `name` stands: "dtype", "dtype in config.json" …
Error unusable_dtype(const std::string& option, const std::string& name);
/// kLoadOption. `option` is "device" or "device_map".
Error unusable_device(const std::string& why, const std::string& option, const std::string& name);

}  // namespace modelhost
