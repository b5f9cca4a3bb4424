#include "modelhost/plugin/elf_dynamics.h"

#include <catch2/catch_test_macros.hpp>
#include <elf.h>

#include <algorithm>
#include <cstring>

#include "support/error_of.h"
#include "support/paths.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

using test::code_of;
using test::TempDir;

const std::filesystem::path kTiny = test::build_path("tests/plugins/tiny/libtiny.so");
const std::filesystem::path kShared =
    test::build_path("tests/bad_plugins/shared_symbols/libshared_symbols.so");

bool has(const std::vector<std::string>& names, const std::string& part) {
  return std::ranges::any_of(
      names, [&](const std::string& name) { return name.find(part) != std::string::npos; });
}

TEST_CASE("what a plugin needs, defines and requires is read from its bytes") {
  const ElfDynamics dynamics = read_elf_dynamics(kTiny);
  CHECK(has(dynamics.needed, "libmodelhost_sdk.so"));
  CHECK(std::ranges::count(dynamics.defined, "modelhost_abi") == 1);
  CHECK(std::ranges::count(dynamics.defined, "modelhost_plugin_v1") == 1);
  CHECK(has(dynamics.required, "PreTrainedModel"));
  CHECK(dynamics.unique.empty());
  CHECK(dynamics.stays_loaded);
}

// The library with `change` made to the header of each section of a type.
template <typename Change>
std::string altered(const std::filesystem::path& library, uint32_t type, Change change) {
  std::string bytes = test::read_bytes(library);
  Elf64_Ehdr header;
  std::memcpy(&header, bytes.data(), sizeof header);
  for (uint64_t i = 0; i < header.e_shnum; ++i) {
    const std::size_t at = header.e_shoff + i * sizeof(Elf64_Shdr);
    Elf64_Shdr section;
    std::memcpy(&section, bytes.data() + at, sizeof section);
    if (section.sh_type == type) change(section);
    std::memcpy(bytes.data() + at, &section, sizeof section);
  }
  return bytes;
}

TEST_CASE("a symbol table that leads outside the file is refused, not followed") {
  const TempDir dir;
  const std::string bytes = test::read_bytes(kTiny);
  const auto refused = [&](const std::string& library) {
    return code_of([&] { read_elf_dynamics(dir.write("library.so", library)); });
  };
  const auto endless = [](Elf64_Shdr& section) { section.sh_size = ~uint64_t{0}; };
  const auto far_away = [](Elf64_Shdr& section) { section.sh_offset = ~uint64_t{0}; };
  CHECK(refused(altered(kTiny, SHT_DYNSYM, endless)) == "P307");
  CHECK(refused(altered(kTiny, SHT_DYNSYM, far_away)) == "P307");
  CHECK(refused(altered(kTiny, SHT_STRTAB, [](Elf64_Shdr& section) {
          if ((section.sh_flags & SHF_ALLOC) != 0) section.sh_size = 1;  // of the symbols, not of the sections
        })) == "P307");
  CHECK(refused(bytes.substr(0, bytes.size() / 2)) == "P307");
  CHECK(refused("") == "P307");
}

#if defined(__GNUC__) && !defined(__clang__)
TEST_CASE("symbols that a process has once are told apart from others") {
  const ElfDynamics dynamics = read_elf_dynamics(kShared);
  CHECK(has(dynamics.unique, "everybodys_name"));
  CHECK(dynamics.unique.size() < dynamics.defined.size());
}
#endif

}  // namespace
}  // namespace modelhost
