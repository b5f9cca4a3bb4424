// Where a zip file's directory is, and what one entry of it says. See zip_archive.h for the layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "modelhost/base/error.h"

namespace modelhost {

struct ZipDirectory {
  uint64_t begin = 0;
  uint64_t end = 0;
  uint64_t entries = 0;
};

struct ZipEntry {
  std::string_view name;
  uint64_t size = 0;
  uint64_t header = 0;  ///< position of the local header
  uint32_t crc = 0;
  uint16_t flags = 0;
};

inline constexpr uint64_t kZipLocalHeaderSize = 30;  ///< without name and extra fields
inline constexpr uint16_t kZipFlagDescriptor = 1 << 3;
inline constexpr uint16_t kZipFlagUtf8 = 1 << 11;

Error zip_error(const std::string& path, const std::string& what);

/// Errors: kZipMalformed.
ZipDirectory find_zip_directory(std::span<const std::byte> file, const std::string& path);

/// Reads the entry at `position` and moves it behind the entry. Errors: kZipMalformed, kBinUnsupported.
ZipEntry read_zip_entry(std::span<const std::byte> file, const ZipDirectory& directory, uint64_t& position,
                        const std::string& path);

/// Checks the local header and the descriptor of `entry` against it. Returns where its data begins, and in
/// `record_end` where the record ends. Errors: kZipMalformed.
uint64_t check_zip_record(std::span<const std::byte> file, const ZipDirectory& directory,
                          const ZipEntry& entry, uint64_t& record_end, const std::string& path);

}  // namespace modelhost
