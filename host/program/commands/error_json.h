// An error as data, for --json.
#pragma once

#include "modelhost/base/error.h"
#include "modelhost/base/json.h"

namespace modelhost::host {

/// Fields that are empty are left out.
Json error_json(const Error& error);

}  // namespace modelhost::host
