#include "formats/torch_bin/zip_writer.h"

#include <catch2/catch_test_macros.hpp>

#include "formats/torch_bin/zip_archive.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

using test::TempDir;

std::string written(uint64_t limit, const std::vector<std::pair<std::string, std::string>>& records) {
  const TempDir dir;
  FileWriter out(dir / "x");
  ZipWriter zip(out, "top", limit);
  for (const auto& [name, data] : records) zip.add(name, data);
  zip.finish();
  out.finish();
  return test::read_bytes(dir / "x");
}

const std::vector<std::pair<std::string, std::string>> kRecords = {
    {"a", "text"}, {"empty", ""}, {"data/0", std::string(1000, 'x')}, {"data/1", std::string(64, '\0')}};

TEST_CASE("written zip records are found with their data, checksums and alignment") {
  // With a small limit every field stands in its 64 bit form, as in files beyond 4 GiB.
  for (const uint64_t limit : {uint64_t{0xffffffff}, uint64_t{500}, uint64_t{1}}) {
    CAPTURE(limit);
    const std::string file = written(limit, kRecords);
    const ZipArchive zip(std::as_bytes(std::span(file)), "x");
    REQUIRE(zip.records().size() == kRecords.size());
    for (const auto& [name, data] : kRecords) {
      CAPTURE(name);
      const ZipRecord* record = zip.find("top/" + name);
      REQUIRE(record);
      CHECK(record->begin % 64 == 0);
      CHECK(file.substr(record->begin, record->size) == data);
      zip.check_crc(name, *record);
    }
  }
}

TEST_CASE("an empty zip archive is an archive") {
  const std::string file = written(0xffffffff, {});
  CHECK(ZipArchive(std::as_bytes(std::span(file)), "x").records().empty());
}

TEST_CASE("adding a record to a zip archive tells its checksum") {
  const TempDir dir;
  FileWriter out(dir / "x");
  ZipWriter zip(out, "top");
  CHECK(zip.add("a", "123456789") == 0xCBF43926);
  CHECK(zip.add("b", "") == 0);
}

}  // namespace
}  // namespace modelhost
