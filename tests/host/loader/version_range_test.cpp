#include "loader/version_range.h"

#include <catch2/catch_test_macros.hpp>

namespace modelhost::host {
namespace {

bool contains(std::string_view range, std::string_view version) {
  return VersionRange::parse(range).value().contains(version);
}

TEST_CASE("all conditions of a range must hold") {
  CHECK(contains(">=0.1 <0.2", "0.1.0"));
  CHECK(contains(">=0.1 <0.2", "0.1.99"));
  CHECK_FALSE(contains(">=0.1 <0.2", "0.2.0"));
  CHECK_FALSE(contains(">=0.1.1 <0.2", "0.1.0"));
  CHECK(contains("=1.2.3", "1.2.3"));
  CHECK_FALSE(contains(">1", "1.0.0"));
  CHECK(contains("<=1", "1.0.0"));
  CHECK(contains(" >=1   <10 ", "9.10.11"));
}

TEST_CASE("what is no range is not guessed at") {
  for (const char* bad : {"", "  ", "1.0", "~1.0", "^1", ">=", ">=1.2.3.4", ">=a", ">= 1", ">=1,<2", ">=1.",
                          "==1", ">=-1", ">=99999999999999"}) {
    INFO(bad);
    CHECK_FALSE(VersionRange::parse(bad).has_value());
  }
}

}  // namespace
}  // namespace modelhost::host
