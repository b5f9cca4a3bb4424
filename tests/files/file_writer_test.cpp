#include "modelhost/files/file_writer.h"

#include <catch2/catch_test_macros.hpp>
#include <cerrno>

#include "modelhost/base/error_codes.h"
#include "support/error_of.h"
#include "support/fault_shim.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

using test::code_of;
using test::error_of;
using test::TempDir;

TEST_CASE("small and large pieces arrive in order, and the listener hears of every byte") {
  const TempDir dir;
  const std::string large(1 << 20, 'L');
  uint64_t heard = 0;
  FileWriter file(dir / "f", [&heard](uint64_t bytes) { heard += bytes; });
  file.write("small");
  file.write(large);
  file.write("");
  file.write("end");
  file.finish();
  CHECK(test::read_bytes(dir / "f") == "small" + large + "end");
  CHECK(heard == large.size() + 8);
}

TEST_CASE("an existing file is never opened") {
  const TempDir dir;
  dir.write("f", "old");
  CHECK(code_of([&] { write_new_file(dir / "f", "new"); }) == codes::kFileUnwritable.id);
  CHECK(test::read_bytes(dir / "f") == "old");
}

TEST_CASE("a write that is cut short is continued") {
  const TempDir dir;
  FileWriter file(dir / "f");
  file.write("0123456789");
  fault_arm(kFaultShort, 1, 0);
  file.finish();
  fault_arm(kFaultNone, 0, 0);
  CHECK(test::read_bytes(dir / "f") == "0123456789");
}

TEST_CASE("every failing step names the file and the reason") {
  const TempDir dir;
  for (int64_t call = 1; call <= 3; ++call) {  // open, write, fsync
    fault_arm(kFaultError, call, ENOSPC);
    const Error error = error_of([&] { write_new_file(dir / std::to_string(call), "text"); });
    fault_arm(kFaultNone, 0, 0);
    CHECK(error.code() == codes::kFileUnwritable.id);
    CHECK(error.file() == (dir / std::to_string(call)).string());
    CHECK(error.message().find("No space left") != std::string::npos);
    CHECK(error.fix().find("room") != std::string::npos);
  }
}

TEST_CASE("an interrupted call is repeated") {
  const TempDir dir;
  for (int64_t call = 2; call <= 3; ++call) {
    fault_arm(kFaultError, call, EINTR);
    write_new_file(dir / std::to_string(call), "text");
    fault_arm(kFaultNone, 0, 0);
    CHECK(test::read_bytes(dir / std::to_string(call)) == "text");
  }
}

}  // namespace
}  // namespace modelhost
