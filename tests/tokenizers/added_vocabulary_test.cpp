#include "tokenizers/added_vocabulary.h"

#include <catch2/catch_test_macros.hpp>

#include "tokenizers/support.h"

namespace modelhost {
namespace {

using test::failure_of;
using test::vocabulary_of;
using Parts = std::vector<std::pair<std::string, int64_t>>;

AddedVocabulary added(const std::vector<AddedToken>& tokens, const Normalizer* normalizer = nullptr) {
  AddedVocabulary vocabulary;
  vocabulary.add(tokens, vocabulary_of({"[UNK]", "[MASK]"}), normalizer, "test");
  return vocabulary;
}

Parts parts_of(const std::vector<TextPart>& parts) {
  Parts found;
  for (const TextPart& part : parts) found.emplace_back(part.text, part.id);
  return found;
}

const AddedToken kMask{.content = "[MASK]", .normalized = false, .special = true};

TEST_CASE("an added token that the model knows keeps its id, others get the next") {
  const AddedVocabulary vocabulary =
      added({kMask, {.content = "new"}, {.content = ""}, {.content = "newer"}});
  CHECK(vocabulary.find("[MASK]") == 1);
  CHECK(vocabulary.find("new") == 2);
  CHECK(vocabulary.find("newer") == 3);
  CHECK_FALSE(vocabulary.find(""));
  CHECK(vocabulary.token(2)->content == "new");
  CHECK(vocabulary.token(4) == nullptr);
  CHECK(vocabulary.is_special("[MASK]"));
  CHECK_FALSE(vocabulary.is_special("new"));
}

TEST_CASE("text is cut at added tokens, adjacent ones and ones at the ends included") {
  const AddedVocabulary vocabulary = added({kMask});
  CHECK(parts_of(vocabulary.split_raw("a [MASK][MASK]b")) ==
        Parts{{"a ", -1}, {"[MASK]", 1}, {"[MASK]", 1}, {"b", -1}});
  CHECK(parts_of(vocabulary.split_raw("[MASK]")) == Parts{{"[MASK]", 1}});
  CHECK(parts_of(vocabulary.split_raw("[MASK [[MASK]")) == Parts{{"[MASK [", -1}, {"[MASK]", 1}});
  CHECK(parts_of(vocabulary.split_raw("[mask]")) == Parts{{"[mask]", -1}});
  CHECK(parts_of(vocabulary.split_raw("")) == Parts{});
}

TEST_CASE("the leftmost and then the longest token wins") {
  const AddedVocabulary vocabulary = added({{.content = "ab", .normalized = false},
                                            {.content = "abcd", .normalized = false},
                                            {.content = "bc", .normalized = false}});
  CHECK(parts_of(vocabulary.split_raw("abc")) == Parts{{"ab", 2}, {"c", -1}});
  CHECK(parts_of(vocabulary.split_raw("abcd")) == Parts{{"abcd", 3}});
  CHECK(parts_of(vocabulary.split_raw("xbcx")) == Parts{{"x", -1}, {"bc", 4}, {"x", -1}});
}

TEST_CASE("lstrip and rstrip take white space along, but never twice") {
  const AddedVocabulary vocabulary = added({{.content = "<l>", .lstrip = true, .normalized = false},
                                            {.content = "<r>", .rstrip = true, .normalized = false}});
  CHECK(parts_of(vocabulary.split_raw("a \u3000<l> b")) == Parts{{"a", -1}, {" \u3000<l>", 2}, {" b", -1}});
  CHECK(parts_of(vocabulary.split_raw("a <r> \u00a0b")) == Parts{{"a ", -1}, {"<r> \u00a0", 3}, {"b", -1}});
  CHECK(parts_of(vocabulary.split_raw("<r>  <l>")) == Parts{{"<r>  ", 3}, {"<l>", 2}});
  CHECK(parts_of(vocabulary.split_raw(" <l>")) == Parts{{" <l>", 2}});
}

TEST_CASE("single_word wants no word character on either side") {
  const AddedVocabulary vocabulary = added({{.content = "day", .single_word = true, .normalized = false}});
  CHECK(parts_of(vocabulary.split_raw("a day.")) == Parts{{"a ", -1}, {"day", 2}, {".", -1}});
  CHECK(parts_of(vocabulary.split_raw("monday days dayé")) == Parts{{"monday days dayé", -1}});
  CHECK(parts_of(vocabulary.split_raw("day")) == Parts{{"day", 2}});
}

TEST_CASE("a normalized token is looked for in its normal form") {
  const LowercaseNormalizer lower;
  const AddedVocabulary vocabulary = added({{.content = "Day"}, kMask}, &lower);
  CHECK(parts_of(vocabulary.split_raw("a Day")) == Parts{{"a Day", -1}});
  CHECK(parts_of(vocabulary.split_normalized("a day")) == Parts{{"a ", -1}, {"day", 2}});
}

// Quadratic time would be hours: ctest ends the test.
TEST_CASE("white space that follows many stripping tokens is walked over once") {
  const AddedVocabulary vocabulary =
      added({{.content = " ", .lstrip = true, .rstrip = true, .normalized = false}});
  const std::string spaces(2'000'000, ' ');
  CHECK_FALSE(vocabulary.split_raw(spaces).empty());
}

TEST_CASE("an added token that is too long is refused") {
  const auto failure = failure_of([] { added({{.content = std::string(5000, 'x')}}); });
  CHECK(failure.code == "T103");
  CHECK(failure.key == "added_tokens");
}

}  // namespace
}  // namespace modelhost
