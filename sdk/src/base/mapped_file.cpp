#include "modelhost/base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"

namespace modelhost {
namespace {

Error unreadable(const std::filesystem::path& path, int error_number) {
  return Error(codes::kFileUnreadable, "file cannot be read: " + std::string(std::strerror(error_number)))
      .file(path.string());
}

class FileDescriptor {
 public:
  // O_NONBLOCK: opening a FIFO that nobody writes to must not hang.
  explicit FileDescriptor(const std::filesystem::path& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (fd_ < 0) throw unreadable(path, errno);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() { ::close(fd_); }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::size_t regular_file_size(const FileDescriptor& fd, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw unreadable(path, errno);
  if (!S_ISREG(status.st_mode)) {
    throw Error(codes::kNotRegularFile, "not a regular file")
        .file(path.string())
        .got(S_ISDIR(status.st_mode) ? "a directory" : "a pipe, device or socket");
  }
  return static_cast<std::size_t>(status.st_size);
}

// What is mapped now, so that a fault address can be turned into a file name.
struct MappingTable {
  struct Entry {
    const std::byte* begin;
    std::size_t size;
    std::filesystem::path path;
  };
  std::mutex mutex;
  std::vector<Entry> entries;
};

MappingTable& mapping_table() {
  static auto* table = new MappingTable;  // never destroyed: mappings may outlive main
  return *table;
}

}  // namespace

MappedFile::MappedFile(std::filesystem::path path, std::span<std::byte> bytes)
    : path_(std::move(path)), bytes_(bytes) {
  if (bytes_.empty()) return;
  std::lock_guard lock(mapping_table().mutex);
  mapping_table().entries.push_back({bytes_.data(), bytes_.size(), path_});
}

MappedFile::~MappedFile() {
  if (bytes_.empty()) return;
  {
    std::lock_guard lock(mapping_table().mutex);
    std::erase_if(mapping_table().entries,
                  [this](const auto& entry) { return entry.begin == bytes_.data(); });
  }
  ::munmap(bytes_.data(), bytes_.size());
}

std::shared_ptr<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const FileDescriptor fd(path);
  const std::size_t size = regular_file_size(fd, path);
  if (size == 0) return std::shared_ptr<MappedFile>(new MappedFile(path, {}));
  // NORESERVE: a private writable mapping must not count as memory that might be needed.
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd.get(), 0);
  if (data == MAP_FAILED) throw unreadable(path, errno);
  return std::shared_ptr<MappedFile>(new MappedFile(path, {static_cast<std::byte*>(data), size}));
}

std::filesystem::path mapped_file_at(const void* address) {
  auto& table = mapping_table();
  const std::unique_lock lock(table.mutex, std::try_to_lock);
  if (!lock.owns_lock()) return {};
  const auto* byte = static_cast<const std::byte*>(address);
  for (const auto& entry : table.entries) {
    if (byte >= entry.begin && byte < entry.begin + entry.size) return entry.path;
  }
  return {};
}

std::string read_text_file(const std::filesystem::path& path, std::size_t max_bytes) {
  const FileDescriptor fd(path);
  const std::size_t size = regular_file_size(fd, path);
  if (size > max_bytes) {
    throw Error(codes::kFileTooLarge, "file is larger than is plausible")
        .file(path.string())
        .expected("at most " + human_bytes(max_bytes))
        .got(human_bytes(size));
  }
  std::string text(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count = ::read(fd.get(), text.data() + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw unreadable(path, errno);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  text.resize(done);
  return text;
}

}  // namespace modelhost
