// What must hold of a settings file's bytes before the YAML parser sees them.
#pragma once

#include <string>
#include <string_view>

#include "modelhost/base/error.h"

namespace modelhost::host {

/// Errors: `syntax`, with line and column, when `text` is too large, is not UTF-8 or holds a control
/// character.
void check_yaml_bytes(std::string_view text, const std::string& source, ErrorCode syntax);

}  // namespace modelhost::host
