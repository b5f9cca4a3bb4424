// What goes wrong when a model is changed.
#pragma once

#include <string>

#include "modelhost/base/error.h"

namespace modelhost {

/// kModelSurgery, "the model cannot be changed that way: " and `message`.
Error surgery_error(const std::string& message, std::string key, std::string expected, std::string got);

}  // namespace modelhost
