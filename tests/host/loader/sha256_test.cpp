#include "loader/sha256.h"

#include <catch2/catch_test_macros.hpp>

#include "support/error_of.h"
#include "support/temp_dir.h"

namespace modelhost::host {
namespace {

using test::TempDir;

TEST_CASE("the digests are those of FIPS 180-2") {
  CHECK(sha256_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a file's digest is that of its bytes, also where it needs several reads") {
  const TempDir dir;
  CHECK(sha256_of_file(dir.write("abc", "abc")) == sha256_of("abc"));
  const std::string million(1'000'000, 'a');
  CHECK(sha256_of_file(dir.write("million", million)) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("a file that cannot be read has no digest") {
  const TempDir dir;
  CHECK(test::code_of([&] { sha256_of_file(dir / "none"); }) == "IO101");
  CHECK(test::code_of([&] { sha256_of_file(dir.path()); }) == "IO101");
}

}  // namespace
}  // namespace modelhost::host
