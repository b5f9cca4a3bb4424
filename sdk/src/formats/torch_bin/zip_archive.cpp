#include "zip_archive.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/crc32.h"
#include "modelhost/base/text.h"
#include "zip_directory.h"

namespace modelhost {

ZipArchive::ZipArchive(std::span<const std::byte> file, const std::string& path) : file_(file), path_(path) {
  const ZipDirectory directory = find_zip_directory(file, path);
  std::vector<std::pair<uint64_t, uint64_t>> extents;  // of whole records, header to descriptor
  uint64_t position = directory.begin;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    const ZipEntry entry = read_zip_entry(file, directory, position, path);
    uint64_t record_end = 0;
    const uint64_t begin = check_zip_record(file, directory, entry, record_end, path);
    extents.emplace_back(entry.header, record_end);
    if (!records_.emplace(entry.name, ZipRecord{begin, entry.size, entry.crc}).second) {
      throw zip_error(path, "it has two records of one name").got(quote(entry.name));
    }
  }
  if (position != directory.end) throw zip_error(path, "its directory is longer than its entries");
  std::ranges::sort(extents);
  for (std::size_t i = 1; i < extents.size(); ++i) {
    if (extents[i].first < extents[i - 1].second) {
      throw zip_error(path, "two records overlap").got("at byte " + std::to_string(extents[i].first));
    }
  }
}

const ZipRecord* ZipArchive::find(std::string_view name) const {
  const auto it = records_.find(name);
  return it == records_.end() ? nullptr : &it->second;
}

void ZipArchive::check_crc(std::string_view name, const ZipRecord& record) const {
  if (crc32(data(record)) != record.crc)
    throw zip_error(path_, "the checksum of " + quote(name) + " is wrong");
}

}  // namespace modelhost
