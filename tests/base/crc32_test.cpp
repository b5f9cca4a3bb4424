#include "base/crc32.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

namespace modelhost {
namespace {

uint32_t checksum(std::string_view text) {
  return crc32(std::as_bytes(std::span(text)));
}

TEST_CASE("the checksum is the one of zip, at every length around the eight bytes taken at a time") {
  CHECK(checksum("") == 0);
  CHECK(checksum("1234567") == 0x5003699fu);
  CHECK(checksum("12345678") == 0x9ae0daafu);
  CHECK(checksum("123456789") == 0xcbf43926u);
  CHECK(checksum(std::string(1000, 'a')) == 0x9a38da03u);
}

}  // namespace
}  // namespace modelhost
