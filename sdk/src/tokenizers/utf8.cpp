#include "utf8.h"

#include <algorithm>
#include <cstdio>

#include "base/bad_utf8.h"
#include "modelhost/tokenizers/error_codes.h"
#include "modelhost/tokenizers/tokenizer.h"

namespace modelhost {
namespace {

[[noreturn]] void throw_bad_byte(std::string_view text, std::size_t position) {
  char byte[8] = "the end";
  if (position < text.size())
    std::snprintf(byte, sizeof byte, "0x%02X", static_cast<unsigned char>(text[position]));
  throw Error(codes::kTokenizerUtf8, "text is not valid UTF-8 at byte offset " + std::to_string(position))
      .expected("UTF-8")
      .got(position < text.size() ? std::string("byte ") + byte : "the end of the text inside a character")
      .fix("convert the text to UTF-8");
}

}  // namespace

void check_utf8(std::string_view text) {
  const std::size_t bad = find_bad_utf8(text);
  if (bad != std::string_view::npos) throw_bad_byte(text, bad);
}

bool is_ascii(std::string_view text) {
  return end_of_ascii(text, 0) == text.size();
}

char32_t previous_code_point(std::string_view text, std::size_t& position) {
  do {
    --position;
  } while (!starts_code_point(text[position]));
  std::size_t at = position;
  return next_code_point(text, at);
}

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_code_point));
}

void append_utf8(char32_t c, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    tail(12), tail(6), tail(0);
  }
}

std::u32string decode_utf8(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) out += next_code_point(text, i);
  return out;
}

std::string encode_utf8(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t c : text) append_utf8(c, out);
  return out;
}

}  // namespace modelhost
