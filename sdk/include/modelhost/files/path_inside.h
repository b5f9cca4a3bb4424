// Whether a path lies in a directory, for links and names that must not lead out of it.
#pragma once

#include <algorithm>
#include <filesystem>

namespace modelhost {

/// Compares part by part, without a look at the file system: give it canonical paths. A directory is inside
/// itself.
inline bool is_inside(const std::filesystem::path& path, const std::filesystem::path& directory) {
  return std::ranges::mismatch(path, directory).in2 == directory.end();
}

}  // namespace modelhost
