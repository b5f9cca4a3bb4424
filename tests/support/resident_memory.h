// Memory of this process by kind.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>

namespace modelhost::test {

/// Bytes of a field of /proc/self/status: "RssAnon:", "RssFile:".
inline uint64_t resident(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stoull(line.substr(field.size())) * 1024;
  }
  return 0;
}

}  // namespace modelhost::test
