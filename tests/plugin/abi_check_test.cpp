#include "modelhost/plugin/abi_check.h"

#include <catch2/catch_test_macros.hpp>
#include <cstring>

#include "modelhost/files/mapped_file.h"
#include "modelhost/registry/error_codes.h"
#include "support/paths.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

const std::string kTinyLibrary = test::build_path("tests/plugins/tiny/libtiny.so").string();

std::string code_of(const std::filesystem::path& library) {
  try {
    read_abi_stamp(library);
    return "none";
  } catch (const Error& error) {
    return std::string(error.code());
  }
}

TEST_CASE("a plugin's stamp is read from the file and fits the host that built it") {
  const AbiStamp stamp = read_abi_stamp(kTinyLibrary);
  CHECK(compare_abi(host_abi_stamp(), stamp).empty());
  CHECK(std::string(stamp.sdk_version) == MODELHOST_VERSION);
}

TEST_CASE("the LibTorch that runs is the one that was compiled against") {
  CHECK_NOTHROW(check_torch_runtime());
}

TEST_CASE("every field that matters is compared and all differences are told at once") {
  AbiStamp other = host_abi_stamp();
  other.torch_abi -= uint64_t{1} << 48;
  other.header_hash ^= 1;
  other.sanitizers ^= 1;
  other.cxx11_abi ^= 1;
  other.stdlib_release += 1;
  other.cxx_abi += 1;
  other.debug_stl ^= 1;
  other.json_abi[0] ^= 1;
  const auto found = compare_abi(host_abi_stamp(), other);
  CHECK(found.size() == 8);
  CHECK(found.front().code.id == codes::kStampTorch.id);
  CHECK(found.front().host == "2.13.0");
  CHECK(found.front().plugin == "2.12.0");
  const Error error = abi_error(found, "libx.so");
  CHECK(error.code() == "P302");
  CHECK(error.notes().find("nlohmann_json") != std::string::npos);
}

TEST_CASE("an older libstdc++ and another compiler or language level are fine") {
  AbiStamp other = host_abi_stamp();
  other.stdlib_release -= 1;
  other.cplusplus = 202302;
  std::strcpy(other.compiler, "clang");
  CHECK(compare_abi(host_abi_stamp(), other).empty());
}

TEST_CASE("files that are no shared library of this machine are refused") {
  const test::TempDir dir;
  const std::string library = read_text_file(kTinyLibrary, std::size_t{1} << 30);
  CHECK(code_of(dir.path() / "absent.so") == "IO101");
  CHECK(code_of(dir.path()) == "IO102");
  CHECK(code_of(dir.write("empty.so", "")) == "P307");
  CHECK(code_of(dir.write("text.so", "int main() {}")) == "P307");
  std::string other = library;
  other[18] = 40;  // e_machine: 32-bit ARM
  CHECK(code_of(dir.write("machine.so", other)) == "P307");
  other = library;
  other[16] = 2;  // e_type: an executable
  CHECK(code_of(dir.write("executable.so", other)) == "P307");
  other = library;
  other[4] = 1;  // 32-bit
  CHECK(code_of(dir.write("bits.so", other)) == "P307");
}

TEST_CASE("a library cut anywhere is refused and never read past its end") {
  const test::TempDir dir;
  const std::string library = read_text_file(kTinyLibrary, std::size_t{1} << 30);
  for (std::size_t length = 0; length < library.size(); length += 1 + library.size() / 97) {
    CAPTURE(length);
    CHECK(code_of(dir.write("cut.so", library.substr(0, length))) != "none");
  }
}

TEST_CASE("a section table full of nonsense is refused and never followed") {
  const test::TempDir dir;
  std::string library = read_text_file(kTinyLibrary, std::size_t{1} << 30);
  uint64_t table = 0;
  std::memcpy(&table, library.data() + 0x28, 8);
  for (std::size_t byte = table; byte + 8 < library.size() && byte < table + 64 * 40; byte += 8) {
    std::string damaged = library;
    std::memset(damaged.data() + byte, 0xff, 8);
    code_of(dir.write("damaged.so", damaged));  // any verdict, but no crash
  }
  const uint64_t far = uint64_t{1} << 62;
  std::memcpy(library.data() + 0x28, &far, 8);
  CHECK(code_of(dir.write("far.so", library)) == "P307");
}

}  // namespace
}  // namespace modelhost
