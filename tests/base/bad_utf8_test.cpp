#include "base/bad_utf8.h"

#include <catch2/catch_test_macros.hpp>

namespace modelhost {
namespace {

TEST_CASE("UTF-8 is recognised to its edges") {
  for (const char* good :
       {"", "a", "é", "模型", "😀", "\x7f", "\xc2\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CHECK(find_bad_utf8(good) == std::string_view::npos);
  }
  for (const char* bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3\x28", "\xe0\x9f\xbf", "\xe6\xa8", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xfe"}) {
    CHECK(find_bad_utf8(bad) != std::string_view::npos);
  }
}

}  // namespace
}  // namespace modelhost
