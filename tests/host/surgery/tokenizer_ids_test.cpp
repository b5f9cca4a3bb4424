#include "modelhost/host/surgery/tokenizer_ids.h"

#include <catch2/catch_test_macros.hpp>

#include "support/temp_dir.h"

namespace modelhost::host {
namespace {

TEST_CASE("the largest id counts, wherever the tokenizer has it") {
  const test::TempDir dir;
  CHECK_FALSE(tokenizer_ids(dir.path()));
  dir.write("vocab.txt", "a\nb\nc\n");
  CHECK(tokenizer_ids(dir.path()) == 3);
  dir.write("vocab.json", R"({"a": 0, "b": 7})");
  CHECK(tokenizer_ids(dir.path()) == 8);
  dir.write("tokenizer.json", R"({"model": {"type": "BPE", "vocab": {"a": 0, "b": 4}}})");
  CHECK(tokenizer_ids(dir.path()) == 5);
  dir.write("tokenizer.json", R"({"added_tokens": [{"id": 9}], "model": {"vocab": [["a", 0.5], ["b", 1]]}})");
  CHECK(tokenizer_ids(dir.path()) == 10);
}

TEST_CASE("a tokenizer that is not understood has no known number of ids") {
  const test::TempDir dir;
  for (const char* text : {"{broken", "[]", "{}", R"({"model": {"vocab": {"a": "b"}}})"}) {
    dir.write("tokenizer.json", text);
    CHECK_FALSE(tokenizer_ids(dir.path()));
  }
}

}  // namespace
}  // namespace modelhost::host
