// The bytes of one weights file, by the way of reading that was chosen for it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "modelhost/files/mapped_file.h"
#include "modelhost/formats/checkpoint_reader.h"
#include "modelhost/formats/read_mode.h"

namespace modelhost {

/// Bytes `begin` to `begin + size` of a file. Whoever makes one has checked that they lie inside.
struct FileRange {
  uint64_t begin = 0;
  uint64_t size = 0;
};

class FileSource {
 public:
  /// Errors: those of InputFile::open.
  FileSource(const std::filesystem::path& path, ReadMode mode);

  const std::filesystem::path& path() const { return file_->path(); }
  uint64_t size() const { return file_->size(); }
  ReadMode mode() const { return mode_; }  ///< never kAuto

  /// Copies a part, e.g. a header. Errors: kFileUnreadable.
  void read(std::span<std::byte> out, uint64_t offset) const { file_->read(out, offset); }
  /// The whole file, mapped at the first call whatever the mode. Errors: kFileUnreadable.
  std::span<std::byte> mapped();
  /// A view of the mapping.
  TensorBytes mapped(FileRange range);

  /// See CheckpointReader::fetch. Errors: kFileUnreadable, kFileTooLarge (more than this machine's memory).
  std::vector<TensorBytes> fetch(std::span<const FileRange> ranges, BytesUse use,
                                 const BytesProgress& progress);

 private:
  TensorBytes mapped_once(FileRange range) const;
  TensorBytes allocate(uint64_t size) const;

  std::shared_ptr<InputFile> file_;
  ReadMode mode_;
  std::once_flag mapped_flag_;
  std::shared_ptr<MappedFile> mapping_;
};

}  // namespace modelhost
