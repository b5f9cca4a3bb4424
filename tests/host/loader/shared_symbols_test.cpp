#include "loader/shared_symbols.h"

#include <catch2/catch_test_macros.hpp>

#include <elf.h>

#include <cstring>

#include "loader_support.h"

namespace modelhost::host {
namespace {

using test::code_of;
using test::TempDir;

const std::filesystem::path kShared =
    test::build_path("tests/bad_plugins/shared_symbols/libshared_symbols.so");

TEST_CASE("a plugin that is built as it should be shares nothing") {
  CHECK(unique_symbols(test::kTiny / "libtiny.so").empty());
  CHECK_NOTHROW(check_no_shared_symbols(test::kTiny / "libtiny.so"));
}

#if defined(__GNUC__) && !defined(__clang__)
TEST_CASE("statics that the whole process would share are named as their author wrote them") {
  const Error error = test::error_of([] { check_no_shared_symbols(kShared); });
  CHECK(error.code() == "P308");
  CHECK(error.notes().find("everybodys_name::counter()::count") != std::string::npos);
  CHECK(error.fix().find("-fno-gnu-unique") != std::string::npos);
}

TEST_CASE("a symbol table that leads outside the file is refused, not followed") {
  const TempDir dir;
  std::string bytes = test::read_bytes(kShared);
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  for (uint64_t i = 0; i < header.e_shnum; ++i) {
    const std::size_t at = header.e_shoff + i * sizeof(Elf64_Shdr);
    Elf64_Shdr section;
    std::memcpy(&section, bytes.data() + at, sizeof section);
    if (section.sh_type != SHT_DYNSYM) continue;
    section.sh_size = ~uint64_t{0};
    std::memcpy(bytes.data() + at, &section, sizeof section);
  }
  CHECK(code_of([&] { unique_symbols(dir.write("damaged.so", bytes)); }) == "P307");
  CHECK(code_of([&] { unique_symbols(dir.write("cut.so", bytes.substr(0, bytes.size() / 2))); }) == "P307");
  CHECK(code_of([&] { unique_symbols(dir.write("empty.so", "")); }) == "P307");
}
#endif

}  // namespace
}  // namespace modelhost::host
