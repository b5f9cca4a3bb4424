#include "tokenizers/pre_tokenizer.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "tokenizers/char_class.h"

namespace modelhost {
namespace {

using Words = std::vector<std::string>;

Words words(const PreTokenizer& pre_tokenizer, std::string_view text) {
  Words found;
  pre_tokenizer.split(text, [&](std::string_view word) { found.emplace_back(word); });
  return found;
}

Words split_at_dash(DelimiterBehavior behavior, std::string_view text) {
  return words(CharSplit([](char32_t c) { return c == U'-'; }, behavior), text);
}

TEST_CASE("BertPreTokenizer drops white space and isolates punctuation") {
  const BertPreTokenizer bert;
  CHECK(words(bert, "") == Words{});
  CHECK(words(bert, "  \u3000 ") == Words{});
  CHECK(words(bert, "Hey friend!     How are you?!?") ==
        Words{"Hey", "friend", "!", "How", "are", "you", "?", "!", "?"});
  CHECK(words(bert, "a\u00a0b。c") == Words{"a", "b", "。", "c"});
  CHECK(words(bert, "€5") == Words{"€5"});
  CHECK(words(bert, "--") == Words{"-", "-"});
}

TEST_CASE("Whitespace separates words from runs of other signs") {
  const WhitespacePreTokenizer whitespace;
  CHECK(words(whitespace, "Hey man!  it's €5…") == Words{"Hey", "man", "!", "it", "'", "s", "€", "5", "…"});
  CHECK(words(whitespace, " !? ") == Words{"!?"});
  CHECK(words(whitespace, "") == Words{});
}

TEST_CASE("a delimiter is removed, isolated, merged or kept together") {
  CHECK(split_at_dash(DelimiterBehavior::kRemoved, "-a--b-") == Words{"a", "b"});
  CHECK(split_at_dash(DelimiterBehavior::kIsolated, "-a--b-") == Words{"-", "a", "-", "-", "b", "-"});
  CHECK(split_at_dash(DelimiterBehavior::kContiguous, "-a--b-") == Words{"-", "a", "--", "b", "-"});
  CHECK(split_at_dash(DelimiterBehavior::kMergedWithPrevious, "-a--b-") == Words{"-", "a-", "-", "b-"});
  CHECK(split_at_dash(DelimiterBehavior::kMergedWithNext, "-a--b-") == Words{"-a", "-", "-b", "-"});
  for (const auto behavior : {DelimiterBehavior::kRemoved, DelimiterBehavior::kContiguous}) {
    CHECK(split_at_dash(behavior, "") == Words{});
    CHECK(split_at_dash(behavior, "aé") == Words{"aé"});
  }
  CHECK(split_at_dash(DelimiterBehavior::kRemoved, "---") == Words{});
}

TEST_CASE("a sequence splits what the one before has left") {
  const PreTokenizerSequence both({std::make_shared<CharSplit>(is_whitespace, DelimiterBehavior::kRemoved),
                                   std::make_shared<CharSplit>(is_numeric, DelimiterBehavior::kIsolated)});
  CHECK(words(both, " a12 3b ") == Words{"a", "1", "2", "3", "b"});
  CHECK(words(PreTokenizerSequence({}), "a b") == Words{"a b"});
  CHECK(words(PreTokenizerSequence({}), "") == Words{});
}

}  // namespace
}  // namespace modelhost
