#include "modelhost/files/mapped_file.h"

#include <sys/mman.h>

#include <cerrno>
#include <mutex>
#include <utility>
#include <vector>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"

namespace modelhost {
namespace {

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
  const auto file = InputFile::open(path);
  return map(*file, 0, file->size());
}

std::shared_ptr<MappedFile> MappedFile::map(const InputFile& file, uint64_t offset, uint64_t size) {
  if (size == 0) return std::shared_ptr<MappedFile>(new MappedFile(file.path(), {}));
  // NORESERVE: a private writable mapping must not count as memory that might be needed.
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.descriptor(),
                      static_cast<off_t>(offset));
  if (data == MAP_FAILED) throw unreadable(file.path(), errno);
  return std::shared_ptr<MappedFile>(new MappedFile(file.path(), {static_cast<std::byte*>(data), size}));
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
  const auto file = InputFile::open(path);
  if (file->size() > max_bytes) {
    throw Error(codes::kFileTooLarge, "file is larger than is plausible")
        .file(path.string())
        .expected("at most " + human_bytes(max_bytes))
        .got(human_bytes(file->size()));
  }
  std::string text(file->size(), '\0');
  file->read(std::as_writable_bytes(std::span(text)), 0);
  return text;
}

}  // namespace modelhost
