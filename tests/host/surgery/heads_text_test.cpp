#include "modelhost/host/surgery/heads_text.h"

#include <catch2/catch_test_macros.hpp>

#include "modelhost/base/error_codes.h"
#include "support/error_of.h"
#include "support/temp_dir.h"

namespace modelhost::host {
namespace {

using test::error_of;

TEST_CASE("heads are read as JSON, from the argument or from a file, and written the same way") {
  const HeadsToPrune heads = {{-1, {3}}, {0, {1, 2}}, {3, {}}};
  const std::string text = R"({"-1": [3], "0": [1, 2], "3": []})";
  CHECK(parse_heads(text) == heads);
  CHECK(heads_text(heads) == text);
  CHECK(parse_heads("{}").empty());
  CHECK(heads_text({}) == "{}");
  const test::TempDir dir;
  const std::string file = dir.write("heads.json", text);
  CHECK(parse_heads("@" + file) == heads);
}

TEST_CASE("one layer under two spellings is one layer") {
  CHECK(parse_heads(R"({"0": [1], "00": [2]})") == HeadsToPrune{{0, {1, 2}}});
}

TEST_CASE("what is no list of heads by layer is refused with the place") {
  const test::TempDir dir;
  const std::string absent = dir / "absent";
  const std::vector<std::pair<std::string, std::string_view>> wrong = {
      {"", codes::kJsonSyntax.id},
      {R"({"0": [1})", codes::kJsonSyntax.id},
      {R"({"0": [1], "0": [2]})", codes::kJsonDuplicateKey.id},
      {"[1]", codes::kJsonType.id},
      {R"({"first": [1]})", codes::kJsonType.id},
      {R"({"1.5": [1]})", codes::kJsonType.id},
      {R"({"99999999999999999999": [1]})", codes::kJsonType.id},
      {R"({"0": 1})", codes::kJsonType.id},
      {R"({"0": ["1"]})", codes::kJsonType.id},
      {R"({"0": [1.0]})", codes::kJsonType.id},
      {R"({"0": [18446744073709551615]})", codes::kJsonType.id},
      {"@" + absent, codes::kFileUnreadable.id}};
  for (const auto& [text, code] : wrong) {
    CAPTURE(text);
    const Error error = error_of([&text = text] { parse_heads(text); });
    CHECK(error.code() == code);
    CHECK_FALSE(error.file().empty());
  }
  CHECK(error_of([] { parse_heads(R"({"7": 1})"); }).key() == "7");
}

}  // namespace
}  // namespace modelhost::host
