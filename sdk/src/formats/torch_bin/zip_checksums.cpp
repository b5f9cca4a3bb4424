#include "zip_checksums.h"

#include <utility>

#include "modelhost/files/mapped_file.h"
#include "modelhost/formats/drop_pages.h"
#include "zip_archive.h"

namespace modelhost {

std::vector<Error> failed_zip_checksums(const std::filesystem::path& file) {
  const auto mapped = MappedFile::open(file);
  const std::span<const std::byte> bytes = std::as_const(*mapped).bytes();
  if (bytes.size() < 2 || bytes[0] != std::byte{'P'} || bytes[1] != std::byte{'K'}) return {};
  std::vector<Error> failed;
  const ZipArchive zip(bytes, file.string());
  for (const auto& [name, record] : zip.records()) {
    try {
      zip.check_crc(name, record);
    } catch (const Error& error) {
      failed.push_back(error);
    }
    drop_pages({mapped->bytes().subspan(record.begin, record.size), mapped});
  }
  return failed;
}

}  // namespace modelhost
