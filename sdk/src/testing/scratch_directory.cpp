#include "modelhost/testing/scratch_directory.h"

#include <stdlib.h>

#include <cerrno>
#include <string>

#include "modelhost/files/file_writer.h"

namespace modelhost::testing {

ScratchDirectory::ScratchDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "modelhost-check-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw unwritable(pattern, errno);
  path_ = std::filesystem::canonical(pattern);
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace modelhost::testing
