// UTF-8 to code points and back. Text from outside is checked once (check_utf8 of tokenizer.h); everything
// after that may trust it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace modelhost {

/// Is every byte below 0x80?
bool is_ascii(std::string_view text);

/// The code point at `position`, which moves behind it. `text` must have passed check_utf8 and
/// `position` must be the start of a code point inside it.
inline char32_t next_code_point(std::string_view text, std::size_t& position) {
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[position + i]));
  };
  const char32_t first = byte(0);
  if (first < 0x80) return ++position, first;
  char32_t code_point = 0;
  if (first < 0xE0) {
    code_point = (first & 0x1F) << 6 | (byte(1) & 0x3F);
    position += 2;
  } else if (first < 0xF0) {
    code_point = (first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    position += 3;
  } else {
    code_point = (first & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
    position += 4;
  }
  return code_point;
}

/// The code point that ends right before `position`, which moves to its start. Same conditions; `position` >
/// 0.
char32_t previous_code_point(std::string_view text, std::size_t& position);

/// Number of code points in checked text.
std::size_t count_code_points(std::string_view text);

/// Is `byte` the first byte of a code point (in checked text)?
inline bool starts_code_point(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
}

void append_utf8(char32_t code_point, std::string& out);
std::u32string decode_utf8(std::string_view text);
std::string encode_utf8(std::u32string_view text);

}  // namespace modelhost
