// New files that are on the disk when the writer says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "modelhost/base/error.h"

namespace modelhost {

/// A file that is created, written from front to end and synced. It never opens an existing file, so nothing
/// that is mapped somewhere can be changed through it. What `finish` was not called for may be cut off
/// anywhere.
class FileWriter {
 public:
  using OnWritten = std::function<void(uint64_t bytes)>;

  /// Creates `path` with mode 0666 less the umask. `on_written` hears of every portion that was handed to the
  /// system; it may throw, which ends the writing. Errors: kFileUnwritable, also when `path` exists.
  explicit FileWriter(std::filesystem::path path, OnWritten on_written = {});
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;
  ~FileWriter();

  /// Small pieces are gathered, large ones go to the system from where they lie. Errors: kFileUnwritable.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  /// Writes what is gathered, syncs and closes. Errors: kFileUnwritable.
  void finish();

 private:
  void flush();
  void write_through(std::span<const std::byte> bytes);

  std::filesystem::path path_;
  OnWritten on_written_;
  std::string gathered_;
  int fd_ = -1;
};

/// A whole file at once. Errors: kFileUnwritable.
void write_new_file(const std::filesystem::path& path, std::string_view text);

/// Makes names that were created, renamed or removed in a directory survive a power cut. File systems that
/// cannot sync directories are taken as they are. Errors: kFileUnwritable.
void sync_directory(const std::filesystem::path& path);

/// kFileUnwritable with the system's reason, e.g. "file cannot be written: No space left on device".
Error unwritable(const std::filesystem::path& path, int error_number);

}  // namespace modelhost
