// Any bytes as a zip archive; every record that it claims is read.
#include "formats/torch_bin/zip_archive.h"
#include "fuzz/memory_limit.h"
#include "modelhost/base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  const modelhost::fuzz::MemoryLimit limit;
  try {
    const modelhost::ZipArchive zip({reinterpret_cast<const std::byte*>(data), size}, "fuzz");
    for (const auto& [name, record] : zip.records()) zip.check_crc(name, record);
  } catch (const modelhost::Error&) {
  }
  return 0;
}
