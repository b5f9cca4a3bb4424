#include "modelhost/tokenizers/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "modelhost/tokenizers/error_codes.h"

namespace modelhost {
namespace {

unsigned char byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

[[noreturn]] void throw_bad_byte(std::string_view text, std::size_t position) {
  char byte[8] = "the end";
  if (position < text.size()) std::snprintf(byte, sizeof byte, "0x%02X", byte_at(text, position));
  throw Error(codes::kTokenizerUtf8, "text is not valid UTF-8 at byte offset " + std::to_string(position))
      .expected("UTF-8")
      .got(position < text.size() ? std::string("byte ") + byte : "the end of the text inside a character")
      .fix("convert the text to UTF-8");
}

// Bounds of the second byte, which is where overlong forms, surrogates and too large values show (Unicode,
// table 3-7).
struct Sequence {
  std::size_t size;
  unsigned char low, high;
};

Sequence sequence_of(unsigned char first) {
  if (first >= 0xC2 && first <= 0xDF) return {2, 0x80, 0xBF};
  if (first >= 0xE0 && first <= 0xEF) {
    return {3, static_cast<unsigned char>(first == 0xE0 ? 0xA0 : 0x80),
            static_cast<unsigned char>(first == 0xED ? 0x9F : 0xBF)};
  }
  if (first >= 0xF0 && first <= 0xF4) {
    return {4, static_cast<unsigned char>(first == 0xF0 ? 0x90 : 0x80),
            static_cast<unsigned char>(first == 0xF4 ? 0x8F : 0xBF)};
  }
  return {0, 0, 0};
}

std::size_t ascii_run(std::string_view text, std::size_t start) {
  std::size_t i = start;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    if (word & 0x8080808080808080u) break;
  }
  while (i < text.size() && byte_at(text, i) < 0x80) ++i;
  return i;
}

}  // namespace

void check_utf8(std::string_view text) {
  for (std::size_t i = ascii_run(text, 0); i < text.size(); i = ascii_run(text, i)) {
    const auto [size, low, high] = sequence_of(byte_at(text, i));
    if (size == 0) throw_bad_byte(text, i);
    for (std::size_t k = 1; k < size; ++k) {
      const bool second = k == 1;
      if (i + k >= text.size()) throw_bad_byte(text, text.size());
      const unsigned char byte = byte_at(text, i + k);
      if (byte < (second ? low : 0x80) || byte > (second ? high : 0xBF)) throw_bad_byte(text, i + k);
    }
    i += size;
  }
}

bool is_ascii(std::string_view text) {
  return ascii_run(text, 0) == text.size();
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
