#include "loader/shared_symbols.h"

#include <catch2/catch_test_macros.hpp>

#include "loader_support.h"

namespace modelhost::host {
namespace {

const std::filesystem::path kShared =
    test::build_path("tests/bad_plugins/shared_symbols/libshared_symbols.so");

TEST_CASE("a plugin that is built as it should be shares nothing") {
  CHECK_NOTHROW(check_no_shared_symbols(test::kTiny / "libtiny.so"));
}

#if defined(__GNUC__) && !defined(__clang__)
TEST_CASE("statics that the whole process would share are named as their author wrote them") {
  const Error error = test::error_of([] { check_no_shared_symbols(kShared); });
  CHECK(error.code() == "P308");
  CHECK(error.notes().find("everybodys_name::counter()::count") != std::string::npos);
  CHECK(error.fix().find("-fno-gnu-unique") != std::string::npos);
}
#endif

}  // namespace
}  // namespace modelhost::host
