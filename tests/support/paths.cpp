#include "paths.h"

namespace modelhost::test {

std::filesystem::path source_path(const std::string& below) {
  return std::filesystem::path(MODELHOST_SOURCE_DIR) / below;
}

std::filesystem::path build_path(const std::string& below) {
  return std::filesystem::path(MODELHOST_BINARY_DIR) / below;
}

}  // namespace modelhost::test
