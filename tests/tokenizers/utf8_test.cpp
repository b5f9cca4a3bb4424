#include "tokenizers/utf8.h"

#include <catch2/catch_test_macros.hpp>

#include "modelhost/tokenizers/tokenizer.h"
#include "tokenizers/support.h"

namespace modelhost {
namespace {

using test::failure_of;

TEST_CASE("valid UTF-8 of every length is accepted") {
  for (const std::string text :
       {"", "a", "\x7f", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "12345678\xC3\xA9"}) {
    CAPTURE(text);
    CHECK(failure_of([&] { check_utf8(text); }).code == "none");
  }
}

TEST_CASE("invalid UTF-8 is refused and the byte is named") {
  struct Bad {
    std::string text;
    std::string where;
  };
  const Bad cases[] = {
      {"abc\xFFz", "offset 3"},
      {"\x80", "offset 0"},
      {"\xC0\xAF", "offset 0"},
      {"\xC1\xBF", "offset 0"},
      {"\xE0\x80\x80", "offset 1"},
      {"\xED\xA0\x80", "offset 1"},  // overlong; a surrogate
      {"\xF0\x80\x80\x80", "offset 1"},
      {"\xF4\x90\x80\x80", "offset 1"},  // overlong; above U+10FFFF
      {"\xF5\x80\x80\x80", "offset 0"},
      {"a\xE2\x82", "offset 3"},
      {"\xC3(", "offset 1"},
      {"0123456789abcdef\xE2\x28\xA1", "offset 17"},
  };
  for (const auto& [text, where] : cases) {
    const auto failure = failure_of([&] { check_utf8(text); });
    CHECK(failure.code == "T104");
    CHECK(failure.text.find(where) != std::string::npos);
  }
  CHECK(failure_of([] { check_utf8("a\xFF"); }).text.find("0xFF") != std::string::npos);
}

TEST_CASE("code points survive the way to UTF-8 and back") {
  std::u32string all;
  for (char32_t c = 0; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 97) {
    if (c < 0xD800 || c > 0xDFFF) all += c;
  }
  const std::string text = encode_utf8(all);
  CHECK(failure_of([&] { check_utf8(text); }).code == "none");
  CHECK(decode_utf8(text) == all);
  CHECK(count_code_points(text) == all.size());
}

TEST_CASE("text can be walked backwards") {
  const std::string text = "aé漢\U0001F600";
  std::u32string reversed;
  for (std::size_t at = text.size(); at > 0;) reversed += previous_code_point(text, at);
  CHECK(reversed == U"\U0001F600漢éa");
}

TEST_CASE("ASCII is recognised also across word borders") {
  CHECK(is_ascii(""));
  CHECK(is_ascii("0123456789"));
  for (std::size_t at = 0; at < 20; ++at) {
    std::string text(20, 'a');
    text[at] = '\xC3';
    CHECK_FALSE(is_ascii(text));
  }
}

}  // namespace
}  // namespace modelhost
