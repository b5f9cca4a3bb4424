#include "directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

namespace modelhost {
namespace {

// Between opening and locking, another directory may have taken the name.
bool is_at(int fd, const std::filesystem::path& path) {
  struct stat own {
  }, named{};
  return ::fstat(fd, &own) == 0 && ::lstat(path.c_str(), &named) == 0 && own.st_dev == named.st_dev &&
         own.st_ino == named.st_ino;
}

int flock_through_signals(int fd, int operation) {
  int result = 0;
  do {
    result = ::flock(fd, operation);
  } while (result != 0 && errno == EINTR);
  return result;
}

}  // namespace

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), state_(std::exchange(other.state_, State::kGone)) {}

DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept {
  if (this != &other) {
    release();
    fd_ = std::exchange(other.fd_, -1);
    state_ = std::exchange(other.state_, State::kGone);
  }
  return *this;
}

void DirectoryLock::release() {
  if (fd_ < 0) return;
  ::flock(fd_, LOCK_UN);  // closing is not enough when a forked child still has the descriptor
  ::close(std::exchange(fd_, -1));
  state_ = State::kGone;
}

DirectoryLock DirectoryLock::lock(const std::filesystem::path& path, int operation) {
  DirectoryLock lock;
  lock.fd_ = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (lock.fd_ < 0) {
    lock.state_ = errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? State::kGone : State::kUnsupported;
    return lock;
  }
  if (flock_through_signals(lock.fd_, operation) != 0) {
    lock.state_ = errno == EWOULDBLOCK ? State::kBusy : State::kUnsupported;
  } else {
    lock.state_ = is_at(lock.fd_, path) ? State::kHeld : State::kBusy;
  }
  return lock;
}

DirectoryLock DirectoryLock::wait(const std::filesystem::path& path) {
  while (true) {
    DirectoryLock got = lock(path, LOCK_EX);
    if (got.state() != State::kBusy) return got;
  }
}

DirectoryLock DirectoryLock::try_once(const std::filesystem::path& path) {
  return lock(path, LOCK_EX | LOCK_NB);
}

DirectoryLock DirectoryLock::share(const std::filesystem::path& path) {
  constexpr auto kPause = std::chrono::milliseconds(5);
  constexpr int kAttempts = 60 * 1000 / 5;
  DirectoryLock got = lock(path, LOCK_SH | LOCK_NB);
  for (int i = 0; i < kAttempts && got.state() == State::kBusy; ++i) {
    std::this_thread::sleep_for(kPause);
    got = lock(path, LOCK_SH | LOCK_NB);
  }
  return got;
}

}  // namespace modelhost
