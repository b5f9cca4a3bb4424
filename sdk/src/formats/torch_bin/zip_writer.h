// Zip files as torch.save writes them; zip_archive.h explains the layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modelhost/files/file_writer.h"

namespace modelhost {

/// Writes records one after the other, uncompressed, each at a multiple of 64 in the file, with its checksum
/// behind it.
class ZipWriter {
 public:
  /// `folder` is put before every name. Sizes and positions from `limit` on are written in 64 bits; anything
  /// but the default is for tests.
  ZipWriter(FileWriter& out, std::string folder, uint64_t limit = 0xffffffff);

  /// Returns the CRC-32 of the data. Errors: kFileUnwritable.
  uint32_t add(std::string_view name, std::span<const std::byte> data);
  uint32_t add(std::string_view name, std::string_view text) {
    return add(name, std::as_bytes(std::span(text)));
  }
  /// Writes the directory; nothing can be added afterwards. Errors: kFileUnwritable.
  void finish();

 private:
  struct Entry {
    std::string name;
    uint64_t header, size;
    uint32_t crc;
  };

  void write(std::string_view text);
  void write_local_header(const Entry& entry);
  void write_descriptor(const Entry& entry);
  std::string zip64_extra(const Entry& entry, uint64_t stored) const;
  void append_directory_entry(std::string& directory, const Entry& entry) const;

  FileWriter& out_;
  std::string folder_;
  uint64_t limit_, position_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace modelhost
