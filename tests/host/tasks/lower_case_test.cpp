#include "tasks/lower_case.h"

#include <catch2/catch_test_macros.hpp>

namespace modelhost::host {
namespace {

TEST_CASE("lower case is that of Python's str.lower") {
  CHECK(lower_case("") == "");
  CHECK(lower_case("Hello, World 42") == "hello, world 42");
  CHECK(lower_case("ÄÖÜ ẞ") == "äöü ß");
  CHECK(lower_case("ΟΔΟΣ Σ ΣΑΣ.") == "οδος σ σας.");  // final sigma after a letter only
  CHECK(lower_case("İI") ==
        "i\xcc\x87"
        "i");  // no Turkish rules
  CHECK(lower_case("模型 😀") == "模型 😀");
}

TEST_CASE("what is not UTF-8 stays, so that the tokenizer can name the byte") {
  CHECK(lower_case("AB\xff"
                   "C") ==
        "AB\xff"
        "C");
  CHECK(lower_case("A\xed\xa0\x80") == "A\xed\xa0\x80");
}

}  // namespace
}  // namespace modelhost::host
