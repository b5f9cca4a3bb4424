#include "bad_utf8.h"

#include <cstdint>
#include <cstring>

namespace modelhost {
namespace {

unsigned char byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
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

}  // namespace

std::size_t end_of_ascii(std::string_view text, std::size_t start) {
  std::size_t i = start;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    if (word & 0x8080808080808080u) break;
  }
  while (i < text.size() && byte_at(text, i) < 0x80) ++i;
  return i;
}

std::size_t find_bad_utf8(std::string_view text) {
  for (std::size_t i = end_of_ascii(text, 0); i < text.size(); i = end_of_ascii(text, i)) {
    const auto [size, low, high] = sequence_of(byte_at(text, i));
    if (size == 0) return i;
    for (std::size_t k = 1; k < size; ++k) {
      const bool second = k == 1;
      if (i + k >= text.size()) return text.size();
      const unsigned char byte = byte_at(text, i + k);
      if (byte < (second ? low : 0x80) || byte > (second ? high : 0xBF)) return i + k;
    }
    i += size;
  }
  return std::string_view::npos;
}

}  // namespace modelhost
