#include "tokenizers/normalizer.h"

#include <catch2/catch_test_macros.hpp>

#include "tokenizers/utf8.h"

namespace modelhost {
namespace {

std::string run(const Normalizer& normalizer, std::string text) {
  normalizer.normalize(text);
  return text;
}

std::string bert(std::string text, BertNormalizerOptions options = {}) {
  return run(BertNormalizer(options), std::move(text));
}

TEST_CASE("BertNormalizer cleans, isolates ideographs, strips accents and lowercases") {
  CHECK(bert("") == "");
  CHECK(bert("Hello\tWorld\r\n") == "hello world  ");
  CHECK(bert("a\x01\x7f\u00ad\u200db\ufffd") == "ab");
  CHECK(bert("\u00a0\u3000") == "  ");
  CHECK(bert("x漢y") == "x 漢 y");
  CHECK(bert("Café ÀÉ e\u0301") == "cafe ae e");
  CHECK(bert("İ") == "i");
  CHECK(bert("한국") == encode_utf8(U"\u1112\u1161\u11ab\u1100\u116e\u11a8"));
  CHECK(bert("ΑΣ") == "ασ");
}

TEST_CASE("a dropped control character does not keep marks apart") {
  CHECK(bert("e\u0301\x01\u0323x") == "ex");
  CHECK(bert("\x01\x02") == "");
  CHECK(bert(std::string("a\0b", 3)) == "ab");
}

TEST_CASE("BertNormalizer strips accents when told, else as it lowercases") {
  CHECK(bert("É", {.strip_accents = false}) == "é");
  CHECK(bert("É", {.lowercase = false}) == "É");
  CHECK(bert("É", {.strip_accents = true, .lowercase = false}) == "E");
}

TEST_CASE("BertNormalizer leaves alone what it is not to touch") {
  const BertNormalizerOptions off{.clean_text = false, .handle_chinese_chars = false, .lowercase = false};
  const std::string text = "A\t\x01\x7f\u00a0漢\ufffdÉ";
  CHECK(bert(text, off) == text);
}

TEST_CASE("Unicode forms are those of Unicode 9") {
  const auto form = [](UnicodeForm f, const char* text) { return run(UnicodeNormalizer(f), text); };
  CHECK(form(UnicodeForm::kNfd, "é") == "e\u0301");
  CHECK(form(UnicodeForm::kNfc, "e\u0301") == "é");
  CHECK(form(UnicodeForm::kNfkc, "ﬁ①Ａ") == "fi1A");
  CHECK(form(UnicodeForm::kNfkd, "ﬁé") == "fie\u0301");
  CHECK(form(UnicodeForm::kNfc, "ᄒ\u1161\u11ab") == "한");
  CHECK(form(UnicodeForm::kNfd, "s\u0307\u0323") == "s\u0323\u0307");
  CHECK(form(UnicodeForm::kNfkc, "\u32ff") == "\u32ff");         // new in 12.1
  CHECK(form(UnicodeForm::kNfd, "\U00011938") == "\U00011938");  // new in 13
  CHECK(form(UnicodeForm::kNfc, "e\u1dfa\u0301") ==
        "e\u1dfa\u0301");  // a new mark blocks, as an unknown character
}

// Quadratic time would be hours: ctest ends the test.
TEST_CASE("endless runs of marks in the worst order take linear time") {
  std::string marks = "a";
  for (int i = 0; i < 2'000'000; ++i) marks += "\u0301\u0323";
  CHECK(bert(marks) == "a");
  CHECK(run(UnicodeNormalizer(UnicodeForm::kNfc), marks).starts_with("ạ"));
}

TEST_CASE("the small normalizers do what their names say") {
  CHECK(run(LowercaseNormalizer(), "AÉİ") == "aéi\u0307");
  CHECK(run(StripAccentsNormalizer(), "e\u0301é") == "eé");
  CHECK(run(StripNormalizer(true, true), " \u3000 a b \u00a0") == "a b");
  CHECK(run(StripNormalizer(true, false), " a ") == "a ");
  CHECK(run(StripNormalizer(false, true), " a ") == " a");
  CHECK(run(StripNormalizer(true, true), " \u2003 ") == "");
  CHECK(run(ReplaceNormalizer("aa", "b"), "aaaaa") == "bba");
  CHECK(run(ReplaceNormalizer("x", ""), "axbx") == "ab");
  CHECK(run(PrependNormalizer("_"), "a") == "_a");
  CHECK(run(PrependNormalizer("_"), "") == "");
}

TEST_CASE("a sequence of normalizers runs from left to right") {
  const NormalizerSequence both(
      {std::make_shared<ReplaceNormalizer>("A", "B"), std::make_shared<LowercaseNormalizer>()});
  CHECK(run(both, "Aa") == "ba");
  CHECK(run(NormalizerSequence({}), "Aa") == "Aa");
}

}  // namespace
}  // namespace modelhost
