#include "loader/user_directories.h"

#include <cstdlib>

namespace modelhost::host {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::filesystem::path user_directory(const char* xdg, const char* below) {
  const std::filesystem::path named = environment(xdg);
  if (named.is_absolute()) return named;
  const std::filesystem::path home = environment("HOME");
  return home.is_absolute() ? home / below : std::filesystem::path();
}

}  // namespace modelhost::host
