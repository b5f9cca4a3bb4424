// Where this checkout and its build are. Two functions instead of definitions on the command line of every
// test, so that ccache can share what it compiled between checkouts.
#pragma once

#include <filesystem>
#include <string>

namespace modelhost::test {

/// `below` is relative to the root of the repository.
std::filesystem::path source_path(const std::string& below);

/// `below` is relative to the build folder.
std::filesystem::path build_path(const std::string& below);

/// The program of this build.
inline const std::string kProgram = build_path("bin/modelhost").string();

}  // namespace modelhost::test
