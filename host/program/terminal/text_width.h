// Text in columns of a terminal.
#pragma once

#include <string>
#include <string_view>

namespace modelhost::host {

/// The first line of `text`, cut or padded with blanks to exactly `columns` terminal columns. Wide characters
/// (CJK, emoji) count two, combining marks none; control characters become blanks. `text` must be UTF-8.
std::string fit_columns(std::string_view text, int columns);

}  // namespace modelhost::host
