// Replacing the files of a directory in tests, and looking at what came of it.
#pragma once

#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <filesystem>
#include <map>
#include <string>

#include "modelhost/files/atomic_directory.h"
#include "modelhost/files/file_writer.h"
#include "support/fault_shim.h"
#include "support/temp_dir.h"

namespace modelhost::test {

using Files = std::map<std::string, std::string>;

/// Names and bytes of all files below a directory; links show where they point.
inline Files content(const std::filesystem::path& directory) {
  Files files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    const std::string name = entry.path().lexically_relative(directory).string();
    if (entry.is_symlink()) {
      files[name] = "-> " + std::filesystem::read_symlink(entry.path()).string();
    } else if (entry.is_regular_file()) {
      files[name] = read_bytes(entry.path());
    }
  }
  return files;
}

inline AtomicDirectory::Outcome replace(const std::filesystem::path& target, const Files& files,
                                        const std::string& superseded = "", const std::string& gate = "") {
  AtomicDirectory directory(target);
  directory.set_gate(gate);
  for (const auto& [name, text] : files) write_new_file(directory.stage() / name, text);
  return directory.commit([&superseded](const std::string& name) { return name == superseded; });
}

inline struct stat status_of(const std::filesystem::path& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status;
}

inline mode_t mode_of(const std::filesystem::path& path) {
  return status_of(path).st_mode & 07777;
}

inline ino_t inode_of(const std::filesystem::path& path) {
  return status_of(path).st_ino;
}

/// Directories that cannot trade places, as on NFS.
struct NoExchange {
  NoExchange() { fault_set_exchange_error(EINVAL); }
  ~NoExchange() { fault_set_exchange_error(0); }
};

struct Umask {
  explicit Umask(mode_t mask) : before(::umask(mask)) {}
  ~Umask() { ::umask(before); }
  mode_t before;
};

}  // namespace modelhost::test
