// Zip archives as torch.save lays them out, with the place of every header, so that tests can damage them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/crc32.h"

namespace modelhost::test {

template <typename T>
std::string little_endian(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

inline std::span<const std::byte> as_span(const std::string& bytes) {
  return std::as_bytes(std::span(bytes));
}

struct ZipBytes {
  std::string bytes;
  std::vector<std::size_t> locals, entries;     ///< where the headers of each record start
  std::size_t end64 = 0, locator = 0, end = 0;  ///< the first two only with zip64
};

using ZipContent = std::vector<std::pair<std::string, std::string>>;

/// Data descriptors, data at multiples of 64, and zip64 end records, as torch.save writes them; `plain` is as
/// other programs write small archives: no descriptors, no zip64.
inline ZipBytes zip_bytes(const ZipContent& content, bool plain = false) {
  ZipBytes zip;
  std::string directory;
  const uint16_t flags = plain ? 0x0800 : 0x0808;
  for (const auto& [name, data] : content) {
    const std::size_t start = zip.bytes.size();
    const auto size = static_cast<uint32_t>(data.size());
    const uint32_t crc = crc32(as_span(data));
    const std::size_t padding = plain ? 0 : 4 + (64 - (start + 34 + name.size()) % 64) % 64;
    zip.locals.push_back(start);
    zip.bytes += std::string("PK\3\4\0\0", 6) + little_endian(flags) + std::string(6, '\0');
    zip.bytes +=
        little_endian(plain ? crc : 0) + little_endian(plain ? size : 0) + little_endian(plain ? size : 0);
    zip.bytes +=
        little_endian(static_cast<uint16_t>(name.size())) + little_endian(static_cast<uint16_t>(padding));
    zip.bytes += name;
    if (padding)
      zip.bytes += "FB" + little_endian(static_cast<uint16_t>(padding - 4)) + std::string(padding - 4, 'Z');
    zip.bytes += data;
    if (!plain) zip.bytes += "PK\7\x8" + little_endian(crc) + little_endian(size) + little_endian(size);
    zip.entries.push_back(directory.size());
    directory +=
        std::string("PK\1\2\0\0\0\0", 8) + little_endian(flags) + std::string(6, '\0') + little_endian(crc);
    directory +=
        little_endian(size) + little_endian(size) + little_endian(static_cast<uint16_t>(name.size()));
    directory += std::string(12, '\0') + little_endian(static_cast<uint32_t>(start)) + name;
  }
  const std::size_t begin = zip.bytes.size();
  for (std::size_t& entry : zip.entries) entry += begin;
  zip.bytes += directory;
  const auto count = static_cast<uint64_t>(content.size());
  if (!plain) {
    zip.end64 = zip.bytes.size();
    zip.bytes += "PK\6\6" + little_endian(uint64_t{44}) + std::string("\x1e\3-\0", 4) + std::string(8, '\0');
    zip.bytes +=
        little_endian(count) + little_endian(count) + little_endian(static_cast<uint64_t>(directory.size()));
    zip.bytes += little_endian(static_cast<uint64_t>(begin));
    zip.locator = zip.bytes.size();
    zip.bytes += std::string("PK\6\7\0\0\0\0", 8) + little_endian(static_cast<uint64_t>(zip.end64));
    zip.bytes += little_endian(uint32_t{1});
  }
  zip.end = zip.bytes.size();
  zip.bytes += std::string("PK\5\6\0\0\0\0", 8) + little_endian(static_cast<uint16_t>(count));
  zip.bytes +=
      little_endian(static_cast<uint16_t>(count)) + little_endian(static_cast<uint32_t>(directory.size()));
  zip.bytes += little_endian(static_cast<uint32_t>(begin)) + std::string(2, '\0');
  return zip;
}

}  // namespace modelhost::test
