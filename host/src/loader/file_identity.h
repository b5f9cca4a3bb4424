// Recognising whether a name still stands for the same bytes.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <tuple>

namespace modelhost::host {

/// What changes when a file is replaced or written to. Equal for two missing files.
inline auto file_identity(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) status = {};
  return std::make_tuple(status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                         status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
}

using FileIdentity = decltype(file_identity({}));

}  // namespace modelhost::host
