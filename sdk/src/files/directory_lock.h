// A lock on a directory that ends with the process that holds it.
#pragma once

#include <filesystem>

namespace modelhost {

/// An flock on the directory itself, not on a file in it: it follows the directory when that is renamed, and
/// leaves nothing behind.
class DirectoryLock {
 public:
  enum class State {
    kHeld,
    kBusy,         ///< somebody else holds it
    kGone,         ///< there is no such directory
    kUnsupported,  ///< the file system has no such locks: callers go on without
  };

  DirectoryLock() = default;
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&& other) noexcept;
  ~DirectoryLock() { release(); }

  /// Locks the directory that stands at `path` when the lock is had: waits until it is free.
  static DirectoryLock wait(const std::filesystem::path& path);
  static DirectoryLock try_once(const std::filesystem::path& path);
  /// With others who share it. kBusy: somebody held it alone for a minute.
  static DirectoryLock share(const std::filesystem::path& path);

  State state() const { return state_; }
  void release();

 private:
  static DirectoryLock lock(const std::filesystem::path& path, int operation);

  int fd_ = -1;
  State state_ = State::kGone;
};

}  // namespace modelhost
