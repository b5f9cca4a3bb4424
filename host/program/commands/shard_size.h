// A size as the command line takes it.
#pragma once

#include <string>

#include "modelhost/formats/shard_plan.h"

namespace modelhost::host {

/// "5GB", or a number of bytes. Errors: kSaveOption.
ByteSize shard_size(const std::string& text);

}  // namespace modelhost::host
