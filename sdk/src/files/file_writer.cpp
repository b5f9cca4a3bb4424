#include "modelhost/files/file_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "modelhost/base/error_codes.h"

namespace modelhost {
namespace {

constexpr std::size_t kGather = std::size_t{256} << 10;
constexpr std::size_t kPortion = std::size_t{64}
                                 << 20;  // one write: long enough to be fast, short enough for progress

int sync_file(int fd) {
  int result = 0;
  do {
    result = ::fsync(fd);
  } while (result != 0 && errno == EINTR);
  return result;
}

}  // namespace

Error unwritable(const std::filesystem::path& path, int error_number) {
  Error error(codes::kFileUnwritable, "file cannot be written: " + std::string(std::strerror(error_number)));
  error.file(path.string());
  if (error_number == ENOSPC || error_number == EDQUOT) error.fix("make room on that file system");
  return error;
}

FileWriter::FileWriter(std::filesystem::path path, OnWritten on_written)
    : path_(std::move(path)), on_written_(std::move(on_written)) {
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd_ < 0) throw unwritable(path_, errno);
}

FileWriter::~FileWriter() {
  if (fd_ >= 0) ::close(fd_);
}

void FileWriter::write(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  if (gathered_.size() + bytes.size() <= kGather) {
    gathered_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return;
  }
  flush();
  write_through(bytes);
}

void FileWriter::flush() {
  write_through(std::as_bytes(std::span(gathered_)));
  gathered_.clear();
}

void FileWriter::write_through(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd_, bytes.data(), std::min(bytes.size(), kPortion));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw unwritable(path_, count < 0 ? errno : EIO);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    if (on_written_) on_written_(static_cast<uint64_t>(count));
  }
}

void FileWriter::finish() {
  flush();
  if (sync_file(fd_) != 0) throw unwritable(path_, errno);
  // After a successful sync there is nothing left that closing could lose.
  ::close(std::exchange(fd_, -1));
}

void write_new_file(const std::filesystem::path& path, std::string_view text) {
  FileWriter file(path);
  file.write(text);
  file.finish();
}

void sync_directory(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) throw unwritable(path, errno);
  const int result = sync_file(fd);
  const int reason = errno;
  ::close(fd);
  if (result != 0 && reason != EINVAL && reason != ENOTSUP) throw unwritable(path, reason);
}

}  // namespace modelhost
