#include "modelhost/files/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "modelhost/base/error_codes.h"

namespace modelhost {

Error unreadable(const std::filesystem::path& path, int error_number) {
  return Error(codes::kFileUnreadable, "file cannot be read: " + std::string(std::strerror(error_number)))
      .file(path.string());
}

InputFile::InputFile(std::filesystem::path path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {}

InputFile::~InputFile() {
  ::close(descriptor_);
}

std::shared_ptr<InputFile> InputFile::open(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a FIFO that nobody writes to must not hang.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) throw unreadable(path, errno);
  std::shared_ptr<InputFile> file(new InputFile(path, descriptor));
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) throw unreadable(path, errno);
  if (!S_ISREG(status.st_mode)) {
    throw Error(codes::kNotRegularFile, "not a regular file")
        .file(path.string())
        .got(S_ISDIR(status.st_mode) ? "a directory" : "a pipe, device or socket");
  }
  file->size_ = static_cast<uint64_t>(status.st_size);
  return file;
}

void InputFile::read(std::span<std::byte> out, uint64_t offset) const {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t count =
        ::pread(descriptor_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw unreadable(path_, errno);
    if (count == 0) {
      throw Error(codes::kFileUnreadable,
                  "file ends before what it should hold; it was cut while it was read")
          .file(path_.string())
          .expected(std::to_string(offset + out.size()) + " bytes or more")
          .got(std::to_string(offset + done) + " bytes")
          .fix("replace model files by renaming a new file into place, never by writing into them");
    }
    done += static_cast<std::size_t>(count);
  }
}

void InputFile::expect_sequential_reads() const {
  ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
}

int64_t InputFile::file_system_type() const {
  struct statfs status {};
  return ::fstatfs(descriptor_, &status) == 0 ? static_cast<int64_t>(status.f_type) : 0;
}

}  // namespace modelhost
