// Lists of names in the reports that commands print.
#pragma once

#include <string>
#include <vector>

namespace modelhost::host {

/// Prints "  title: a, b" to stdout, or nothing where there are no names. Names come from files: control
/// characters in them do not reach the terminal.
void print_list(const char* title, const std::vector<std::string>& names);

}  // namespace modelhost::host
