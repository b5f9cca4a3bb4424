// Recognising whether a name still stands for the same bytes.
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>

namespace modelhost::host {

/// What changes when a file is replaced or written to: device, inode, size, times of content and of status.
using FileIdentity = std::array<int64_t, 7>;

/// Equal for two missing files.
inline FileIdentity file_identity(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) status = {};
  return {static_cast<int64_t>(status.st_dev),
          static_cast<int64_t>(status.st_ino),
          status.st_size,
          status.st_mtim.tv_sec,
          status.st_mtim.tv_nsec,
          status.st_ctim.tv_sec,
          status.st_ctim.tv_nsec};
}

/// The same file with the same content; another name or other permissions do not count.
inline bool same_content(const FileIdentity& a, const FileIdentity& b) {
  constexpr std::size_t kUpToContent = 5;
  return std::equal(a.begin(), a.begin() + kUpToContent, b.begin());
}

}  // namespace modelhost::host
