#include "formats/torch_bin/zip_archive.h"

#include <catch2/catch_test_macros.hpp>

#include "pickle_bytes.h"
#include "support/error_of.h"

namespace modelhost {
namespace {

using namespace test;

const ZipContent kContent = {{"m/data.pkl", "pickle"}, {"m/data/0", "12345678"}, {"m/version", "3\n"}};

std::string code_of_zip(const std::string& bytes) {
  return code_of([&] {
    const ZipArchive zip(as_span(bytes), "x.bin");
    for (const auto& [name, record] : zip.records()) zip.check_crc(name, record);
  });
}

std::string read(const ZipArchive& zip, std::string_view name) {
  const auto data = zip.data(*zip.find(name));
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

std::string replaced(std::string bytes, std::size_t position, const std::string& with) {
  return bytes.replace(position, with.size(), with);
}

TEST_CASE("records are found where their local headers say") {
  for (const bool plain : {false, true}) {
    const ZipBytes made = zip_bytes(kContent, plain);
    const ZipArchive zip(as_span(made.bytes), "x.bin");
    CHECK(zip.records().size() == 3);
    CHECK(read(zip, "m/data.pkl") == "pickle");
    CHECK(read(zip, "m/data/0") == "12345678");
    CHECK(zip.find("m/data") == nullptr);
    if (!plain) CHECK(zip.find("m/data/0")->begin % 64 == 0);
    CHECK(code_of_zip(made.bytes) == "none");
  }
}

TEST_CASE("archives without records are archives") {
  CHECK(code_of_zip(zip_bytes({}).bytes) == "none");
  CHECK(code_of_zip(zip_bytes({}, true).bytes) == "none");
  CHECK(code_of_zip(zip_bytes({{"a", ""}}).bytes) == "none");
}

TEST_CASE("a wrong checksum is found when it is asked for") {
  const ZipBytes made = zip_bytes(kContent);
  std::string bytes = made.bytes;
  bytes[bytes.find("pickle")] = 'P';
  const ZipArchive zip(as_span(bytes), "x.bin");
  CHECK(code_of([&] { zip.check_crc("m/data.pkl", *zip.find("m/data.pkl")); }) == "K203");
  CHECK(code_of([&] { zip.check_crc("m/version", *zip.find("m/version")); }) == "none");
}

struct Field {
  const char* name;
  std::size_t position;
  std::size_t width;
};

std::vector<Field> fields_of(const ZipBytes& zip) {
  const std::size_t local = zip.locals[1], entry = zip.entries[1];
  std::vector<Field> fields = {
      {"local signature", local, 4},          {"local flags", local + 6, 2},
      {"local method", local + 8, 2},         {"local crc", local + 14, 4},
      {"local stored size", local + 18, 4},   {"local size", local + 22, 4},
      {"local name length", local + 26, 2},   {"entry signature", entry, 4},
      {"entry flags", entry + 8, 2},          {"entry method", entry + 10, 2},
      {"entry crc", entry + 16, 4},           {"entry stored size", entry + 20, 4},
      {"entry size", entry + 24, 4},          {"entry name length", entry + 28, 2},
      {"entry header", entry + 42, 4},        {"entry disk", entry + 34, 2},
      {"end signature", zip.end, 4},          {"end disk", zip.end + 4, 2},
      {"end directory disk", zip.end + 6, 2}, {"end comment", zip.end + 20, 2},
  };
  if (zip.end64) {
    for (const Field& field : std::vector<Field>{{"end64 signature", zip.end64, 4},
                                                 {"end64 size", zip.end64 + 4, 8},
                                                 {"end64 disk", zip.end64 + 16, 4},
                                                 {"end64 entries here", zip.end64 + 24, 8},
                                                 {"end64 entries", zip.end64 + 32, 8},
                                                 {"end64 directory size", zip.end64 + 40, 8},
                                                 {"end64 directory", zip.end64 + 48, 8},
                                                 {"locator position", zip.locator + 8, 8}}) {
      fields.push_back(field);
    }
  } else {
    fields.insert(fields.end(), {{"end entries here", zip.end + 8, 2},
                                 {"end entries", zip.end + 10, 2},
                                 {"end directory size", zip.end + 12, 4},
                                 {"end directory", zip.end + 16, 4}});
  }
  return fields;
}

TEST_CASE("a damaged field that matters is refused, whatever it is set to") {
  for (const bool plain : {false, true}) {
    const ZipBytes made = zip_bytes(kContent, plain);
    for (const Field& field : fields_of(made)) {
      const std::string old = made.bytes.substr(field.position, field.width);
      std::string more = old, high = old;
      ++more[0];
      high.back() = '\x7f';
      for (const std::string& value :
           {std::string(field.width, '\0'), std::string(field.width, '\xff'), more, high}) {
        if (value == old) continue;
        CAPTURE(plain, field.name, static_cast<int>(value[0]));
        const std::string code = code_of_zip(replaced(made.bytes, field.position, value));
        CHECK((code == "K203" || code == "K204"));
      }
    }
  }
}

TEST_CASE("the 32 bit end record may point to the 64 bit one, and nowhere else") {
  const ZipBytes made = zip_bytes(kContent);
  std::string bytes = replaced(made.bytes, made.end + 8, std::string(12, '\xff'));
  CHECK(code_of_zip(bytes) == "none");
  CHECK(code_of_zip(replaced(made.bytes, made.end + 12, little_endian(uint32_t{7}))) == "K203");
  CHECK(code_of_zip(replaced(bytes, made.locator, "XXXX")) == "K203");
}

TEST_CASE("a million claimed entries cost nothing") {
  ZipBytes made = zip_bytes(kContent);
  for (const uint64_t count : {uint64_t{1'000'000}, ~uint64_t{0}, uint64_t{1} << 63}) {
    std::string bytes = replaced(made.bytes, made.end64 + 24, little_endian(count) + little_endian(count));
    bytes = replaced(bytes, made.end + 8, std::string(4, '\xff'));
    CHECK(code_of_zip(bytes) == "K203");
  }
}

TEST_CASE("compression and encryption are refused and named") {
  const ZipBytes made = zip_bytes(kContent, true);
  std::string bytes = replaced(made.bytes, made.entries[1] + 10, "\x08");
  bytes = replaced(bytes, made.locals[1] + 8, "\x08");
  CHECK(code_of_zip(bytes) == "K204");
  for (const char* flag : {"\x01\x08", "\x41\x08", "\x00\x28", "\x20\x08", "\x10\x08"}) {
    bytes = replaced(made.bytes, made.entries[1] + 8, std::string(flag, 2));
    bytes = replaced(bytes, made.locals[1] + 6, std::string(flag, 2));
    CHECK(code_of_zip(bytes) == "K203");
  }
}

TEST_CASE("records may not overlap each other or the directory") {
  const ZipContent twins = {{"m/a", "same"}, {"m/b", "same"}};
  const ZipBytes made = zip_bytes(twins, true);
  CHECK(code_of_zip(made.bytes) == "none");
  // Both entries on the first record: its name differs, so make the names equal too.
  std::string bytes = replaced(made.bytes, made.entries[1] + 42, little_endian(uint32_t{0}));
  CHECK(code_of_zip(bytes) == "K203");
  // A record whose data is the next record.
  const ZipBytes inner = zip_bytes({{"b", "data"}}, true);
  const std::string record = inner.bytes.substr(0, inner.entries[0]);
  ZipBytes outer = zip_bytes({{"a", record}, {"b", "data"}}, true);
  bytes = replaced(outer.bytes, outer.entries[1] + 42,
                   little_endian(static_cast<uint32_t>(outer.locals[0] + 31)));
  CHECK(code_of_zip(outer.bytes) == "none");
  CHECK(error_of([&] { ZipArchive(as_span(bytes), "x.bin"); }).message().find("overlap") !=
        std::string::npos);
}

TEST_CASE("names that leave the archive, are empty or come twice are refused") {
  for (const char* name : {"", "/etc/passwd", "../x", "m/../../x", "m/..", ".", "m/./x", "m\\x", "..\\x"}) {
    CAPTURE(name);
    CHECK(code_of_zip(zip_bytes({{name, "x"}}).bytes) == "K203");
  }
  CHECK(code_of_zip(zip_bytes({{std::string("m/a\0b", 5), "x"}}).bytes) == "K203");
  CHECK(code_of_zip(zip_bytes({{"m/a", "x"}, {"m/a", "y"}}).bytes) == "K203");
  CHECK(code_of_zip(zip_bytes({{"m/.data/serialization_id", "x"}, {"m/..x", "y"}}).bytes) == "none");
}

TEST_CASE("local headers, descriptors and directory must tell the same") {
  const ZipBytes made = zip_bytes(kContent);
  const std::size_t descriptor = made.bytes.find("PK\7\x8");
  for (std::size_t i = 0; i < 16; ++i) {
    std::string bytes = made.bytes;
    ++bytes[descriptor + i];
    CAPTURE(i);
    CHECK(code_of_zip(bytes) == "K203");
  }
  CHECK(code_of_zip(replaced(made.bytes, made.locals[0] + 30, "n/data.pkl")) == "K203");
}

// A record with sizes in the zip64 field, as for data beyond 4 GiB.
std::string with_zip64_field(const std::string& extra) {
  const ZipBytes made = zip_bytes({{"a", "1234"}}, true);
  std::string bytes = replaced(made.bytes, made.entries[0] + 20, std::string(8, '\xff'));
  bytes = replaced(bytes, made.entries[0] + 30, little_endian(static_cast<uint16_t>(extra.size())));
  bytes.insert(made.entries[0] + 47, extra);
  const auto size = static_cast<uint32_t>(47 + extra.size());
  return replaced(bytes, made.end + extra.size() + 12, little_endian(size));
}

TEST_CASE("sizes may stand in the zip64 field, if it has them") {
  const std::string four = little_endian(uint64_t{4});
  const std::string header = std::string("\1\0", 2);
  CHECK(code_of_zip(with_zip64_field(header + std::string("\x10\0", 2) + four + four)) == "none");
  CHECK(code_of_zip(with_zip64_field(std::string("FB\2\0xx", 6) + header + std::string("\x10\0", 2) + four +
                                     four)) == "none");
  CHECK(code_of_zip(with_zip64_field("")) == "K203");
  CHECK(code_of_zip(with_zip64_field(header + std::string("\x08\0", 2) + four)) == "K203");
  CHECK(code_of_zip(with_zip64_field(header + std::string("\x20\0", 2) + four + four)) == "K203");
  const std::string huge = little_endian(~uint64_t{0});
  CHECK(code_of_zip(with_zip64_field(header + std::string("\x10\0", 2) + huge + huge)) == "K203");
}

TEST_CASE("every prefix of an archive is refused") {
  for (const bool plain : {false, true}) {
    const std::string bytes = zip_bytes(kContent, plain).bytes;
    for (std::size_t size = 0; size < bytes.size(); ++size)
      CHECK(code_of_zip(bytes.substr(0, size)) == "K203");
    CHECK(code_of_zip(bytes + "x") == "K203");
  }
}

}  // namespace
}  // namespace modelhost
