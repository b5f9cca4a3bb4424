// A regular file that is read piece by piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "modelhost/base/error.h"

namespace modelhost {

/// An open file. It stays readable when its name goes to another file. Methods may be called from several
/// threads at once.
class InputFile {
 public:
  /// Errors: kFileUnreadable, kNotRegularFile (directories, FIFOs and devices are refused without blocking).
  static std::shared_ptr<InputFile> open(const std::filesystem::path& path);

  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  const std::filesystem::path& path() const { return path_; }
  uint64_t size() const { return size_; }  ///< when it was opened
  int descriptor() const { return descriptor_; }

  /// Fills `out` from byte `offset` on. Errors: kFileUnreadable, also when the file ends before `out` is
  /// full.
  void read(std::span<std::byte> out, uint64_t offset) const;
  /// Tells the system that the file will be read from front to back.
  void expect_sequential_reads() const;
  /// statfs's `f_type`: the kind of file system that holds the file; 0 when the system does not tell.
  int64_t file_system_type() const;

 private:
  InputFile(std::filesystem::path path, int descriptor);

  std::filesystem::path path_;
  int descriptor_;
  uint64_t size_ = 0;
};

/// What to throw after a call that reads `path` failed with `errno`.
Error unreadable(const std::filesystem::path& path, int error_number);

}  // namespace modelhost
