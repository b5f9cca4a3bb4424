// Lower case as Python has it.
#pragma once

#include <string>
#include <string_view>

namespace modelhost::host {

/// Python's `str.lower()`: the full mapping of Unicode, which may change the length, with the Greek final
/// sigma and no language's own rules. What is not UTF-8 is returned as it is.
std::string lower_case(std::string_view text);

}  // namespace modelhost::host
