#include "modelhost/base/text.h"

#include <catch2/catch_test_macros.hpp>

namespace modelhost {
namespace {

TEST_CASE("text that is shown cannot steer a terminal") {
  CHECK(printable("bert.embeddings") == "bert.embeddings");
  CHECK(printable("a\x1b[2Jb\n\t\x7f") == "a\\x1b[2Jb\\x0a\\x09\\x7f");
  CHECK(printable("\xc2\x9b[2J") == "\\x9b[2J");  // U+009B, the one-character ESC [
  CHECK(printable("é 模型 😀") == "é 模型 😀");
  CHECK(printable("\xc2") == "\xc2");  // the last byte, cut in the middle
  CHECK(printable(std::string_view("\0", 1)) == "\\x00");
}

TEST_CASE("a quote is cut between characters") {
  CHECK(quote("模型", 3) == "\"模…\"");
  CHECK(quote("模型", 4) == "\"模…\"");
  CHECK(quote("模型", 2) == "\"…\"");
  CHECK(quote("模型", 6) == "\"模型\"");
  CHECK(quote("\x1b") == "\"\\x1b\"");
}

}  // namespace
}  // namespace modelhost
