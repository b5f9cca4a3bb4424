// The zip files that torch.save writes: a reader that finds records and never unpacks one.
//
// A zip file is read from its end. The last 22 bytes are the end record: how many entries the directory has,
// where it starts and how long it is; where these do not fit in 16 or 32 bits, a zip64 end record (56 bytes)
// and its locator (20 bytes) stand in front. A directory entry gives a record's name, sizes, CRC-32 and the
// place of its local header, which repeats most of it and is followed by the data. torch writes with a data
// descriptor: sizes and CRC are 0 in the local header and stand after the data instead. It pads the local
// header's extra field so that data starts at a multiple of 64, and never compresses. Everything beyond that
// layout is refused: compression and encryption, comments at the end, several disks, records that overlap, a
// local header or a descriptor that contradicts the directory, gaps around the directory. Data between
// records is not looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace modelhost {

struct ZipRecord {
  uint64_t begin = 0;  ///< where the data starts in the file
  uint64_t size = 0;
  uint32_t crc = 0;
};

class ZipArchive {
 public:
  using Records = std::map<std::string, ZipRecord, std::less<>>;

  /// `file` is the whole file and must outlive the archive; `path` is for messages. Memory used is
  /// proportional to the directory. Errors: kZipMalformed, kBinUnsupported (compressed records).
  ZipArchive(std::span<const std::byte> file, const std::string& path);

  const Records& records() const { return records_; }
  /// nullptr when there is no such record.
  const ZipRecord* find(std::string_view name) const;
  std::span<const std::byte> data(const ZipRecord& record) const {
    return file_.subspan(record.begin, record.size);
  }
  /// Compares the data with its checksum. Errors: kZipMalformed.
  void check_crc(std::string_view name, const ZipRecord& record) const;

 private:
  std::span<const std::byte> file_;
  std::string path_;
  Records records_;
};

}  // namespace modelhost
