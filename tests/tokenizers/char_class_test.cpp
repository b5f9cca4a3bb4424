#include "tokenizers/char_class.h"

#include <catch2/catch_test_macros.hpp>

namespace modelhost {
namespace {

std::u32string lower(char32_t c) {
  std::u32string out;
  append_lowercase(c, out);
  return out;
}

TEST_CASE("white space is Unicode's, and zero width characters are none") {
  for (const char32_t c : U" \t\n\v\f\r\u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000") {
    if (c != 0) CHECK(is_whitespace(c));
  }
  for (const char32_t c : {U'\u200b', U'\ufeff', U'\u180e', U'\u2060', U'a'}) CHECK_FALSE(is_whitespace(c));
}

TEST_CASE("control characters are Cc, Cf and Co, but not unassigned ones") {
  for (const char32_t c :
       {U'\x01', U'\x7f', U'\u0080', U'\u00ad', U'\u200d', U'\ufeff', U'\ue000', U'\U000F0000'}) {
    CHECK(is_control(c));
  }
  for (const char32_t c : {U'\t', U'\n', U'\r', U'a', U'\u0378', U'\U0003ffff'}) CHECK_FALSE(is_control(c));
  CHECK_FALSE(is_control(U'\u08e2'));  // Cf since Unicode 9, which HF's table does not know
}

TEST_CASE("punctuation is ASCII punctuation with symbols and P* of Unicode 8") {
  for (const char32_t c : U"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") {
    if (c != 0) CHECK(is_punctuation(c));
  }
  for (const char32_t c : {U'\u00a1', U'\u2014', U'\u3002', U'\uff0c', U'\u166d'}) CHECK(is_punctuation(c));
  for (const char32_t c : {U'\u20ac', U'\u00b1', U'a', U'0', U' ', U'\u2e52'}) CHECK_FALSE(is_punctuation(c));
}

TEST_CASE("Chinese characters are HF's ranges, whose extension E begins late") {
  for (const char32_t c :
       {U'\u3400', U'\u4dbf', U'\u4e00', U'\u9fff', U'\uf900', U'\U00020000', U'\U0002b81f', U'\U0002b920'}) {
    CHECK(is_chinese_char(c));
  }
  for (const char32_t c : {U'\u4dc0', U'\u3042', U'\uac00', U'\U0002b820', U'\U0002b91f', U'\U00030000'}) {
    CHECK_FALSE(is_chinese_char(c));
  }
}

TEST_CASE("marks are those of the Unicode version that HF carries") {
  CHECK(is_nonspacing_mark(U'\u0301'));
  CHECK(is_nonspacing_mark(U'\u1734'));        // Mc since Unicode 14
  CHECK_FALSE(is_nonspacing_mark(U'\u1885'));  // Mn since Unicode 9
  CHECK_FALSE(is_nonspacing_mark(U'\u0903'));  // Mc
  CHECK_FALSE(is_nonspacing_mark(U'\u1ac0'));  // new in Unicode 13
  CHECK(is_combining_mark(U'\u0903'));
  CHECK_FALSE(is_combining_mark(U'\u07fd'));  // new in Unicode 11
}

TEST_CASE("lowercase is the full mapping of one code point") {
  CHECK(lower(U'A') == U"a");
  CHECK(lower(U'É') == U"é");
  CHECK(lower(U'\u0130') == U"i\u0307");
  CHECK(lower(U'Σ') == U"σ");  // never a final sigma
  CHECK(lower(U'\u1e9e') == U"ß");
  CHECK(lower(U'\u1c89') == U"\u1c8a");          // Unicode 16
  CHECK(lower(U'\U00016ea1') == U"\U00016ebc");  // Unicode 17
  CHECK(lower(U'漢') == U"漢");
}

TEST_CASE("word characters and numbers are those of Rust's regex and char") {
  for (const char32_t c : {U'a', U'_', U'é', U'漢', U'\u0301', U'\u200d', U'٣', U'\U00010d50'})
    CHECK(is_word_char(c));
  for (const char32_t c : {U'-', U' ', U'½', U'€'}) CHECK_FALSE(is_word_char(c));
  for (const char32_t c : {U'7', U'½', U'Ⅳ', U'²', U'٣', U'\U00010d40'}) CHECK(is_numeric(c));
  CHECK_FALSE(is_numeric(U'a'));
}

}  // namespace
}  // namespace modelhost
