// How this build was configured, for tests that configure other projects against it.
#pragma once

#include <fstream>
#include <string>

#include "support/paths.h"

namespace modelhost::test {

/// The value of a variable in CMakeCache.txt; "" where there is none.
inline std::string cmake_cache(const std::string& name) {
  std::ifstream cache(build_path("CMakeCache.txt"));
  for (std::string line; std::getline(cache, line);) {
    if (!line.starts_with(name + ":")) continue;
    return line.substr(line.find('=') + 1);
  }
  return {};
}

}  // namespace modelhost::test
