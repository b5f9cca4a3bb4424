// Every error code there is, for whoever meets one by its name.
#pragma once

#include <vector>

#include "modelhost/base/error.h"

namespace modelhost::host {

/// The codes of the SDK and of the host, each once. `sdk/ERRORS.md` explains the same ones, in another order.
const std::vector<ErrorCode>& known_codes();

}  // namespace modelhost::host
