#include "program/terminal/text_width.h"

#include <catch2/catch_test_macros.hpp>

namespace modelhost::host {
namespace {

TEST_CASE("text is cut and padded to terminal columns") {
  CHECK(fit_columns("abc", 5) == "abc  ");
  CHECK(fit_columns("abcde", 5) == "abcde");
  CHECK(fit_columns("abcdef", 5) == "abcd…");
  CHECK(fit_columns("", 3) == "   ");
}

TEST_CASE("wide characters count two columns, combining marks none") {
  CHECK(fit_columns("模型", 5) == "模型 ");
  CHECK(fit_columns("模型模型", 5) == "模型…");
  CHECK(fit_columns("模型模型", 6) == "模型… ");
  CHECK(fit_columns("😀", 3) == "😀 ");
  CHECK(fit_columns("e\xcc\x81", 2) == "e\xcc\x81 ");
}

TEST_CASE("control characters are blanks in a table") {
  CHECK(fit_columns("a\x1b[2J", 5) == "a [2J");
  CHECK(fit_columns("a\tb\x7f", 4) == "a b ");
  CHECK(fit_columns("a\xc2\x9b"
                    "b",
                    3) == "a b");
}

}  // namespace
}  // namespace modelhost::host
