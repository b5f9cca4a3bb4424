// Where the files of the user who runs the program are (the XDG base directory specification).
#pragma once

#include <filesystem>
#include <string>

namespace modelhost::host {

/// The value of an environment variable; "" when it is not set.
std::string environment(const char* name);

/// What the variable `xdg` (e.g. XDG_CACHE_HOME) names, or `below` the home directory where it names no
/// absolute path, as the specification wants it. Empty when there is no home directory either.
std::filesystem::path user_directory(const char* xdg, const char* below);

}  // namespace modelhost::host
