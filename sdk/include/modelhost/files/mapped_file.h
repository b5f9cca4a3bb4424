// A file's bytes in memory, without a copy.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "modelhost/files/input_file.h"

namespace modelhost {

/// A regular file mapped privately: reads come from the page cache, a write to the bytes makes a private page
/// and never reaches the file. The mapping lives as long as the object.
class MappedFile {
 public:
  /// Errors: kFileUnreadable, kNotRegularFile (directories, FIFOs and devices are refused without blocking).
  static std::shared_ptr<MappedFile> open(const std::filesystem::path& path);
  /// Maps an open file: the bytes from `offset`, a multiple of the page size, on. The range lies inside the
  /// file. Errors: kFileUnreadable, e.g. where the file system cannot map.
  static std::shared_ptr<MappedFile> map(const InputFile& file, uint64_t offset, uint64_t size);

  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  const std::filesystem::path& path() const { return path_; }
  std::span<std::byte> bytes() { return bytes_; }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  MappedFile(std::filesystem::path path, std::span<std::byte> bytes);

  std::filesystem::path path_;
  std::span<std::byte> bytes_;
};

/// The mapped file that holds `address`, or an empty path. Callable from a signal handler's thread only after
/// the process decided to stop: it takes no lock that a fault could hold.
std::filesystem::path mapped_file_at(const void* address);

/// The whole text of a regular file of at most `max_bytes`.
/// Errors: kFileUnreadable, kNotRegularFile, kFileTooLarge.
std::string read_text_file(const std::filesystem::path& path, std::size_t max_bytes);

}  // namespace modelhost
