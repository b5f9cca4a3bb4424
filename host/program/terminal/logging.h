// Where a program's messages go: stderr, with level and time, so that stdout holds results only.
#pragma once

#include <string_view>

namespace modelhost::host {

/// Routes everything that the SDK and the host log (modelhost/base/log.h) to stderr. `level`: "debug",
/// "info", "warning" or "off"; messages below it are dropped. May be called again to change the level. A
/// program that does not call it keeps the SDK's default sink, or its own. Errors: kUsage for another level.
void set_up_logging(std::string_view level);

}  // namespace modelhost::host
