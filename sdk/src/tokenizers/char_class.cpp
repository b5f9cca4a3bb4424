#include "modelhost/tokenizers/char_class.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>

namespace modelhost {
namespace {

UChar32 icu(char32_t c) { return static_cast<UChar32>(c); }

// Was `c` assigned in this version of Unicode already? HF's category tables know nothing newer.
bool known_in(char32_t c, uint8_t major) {
  UVersionInfo age;
  u_charAge(icu(c), age);
  return age[0] > 0 && (age[0] < major || (age[0] == major && age[1] == 0));
}

bool has_category(char32_t c, uint32_t mask) { return (U_GET_GC_MASK(icu(c)) & mask) != 0; }

struct LowercaseRange {
  char32_t first, last, lower_of_first;
};

// Cased letters of Unicode 16 and 17, which Rust lowercases and ICU 72 does not know yet.
constexpr std::array kNewLowercase{
    LowercaseRange{0x1C89, 0x1C89, 0x1C8A},    LowercaseRange{0xA7CB, 0xA7CB, 0x0264},
    LowercaseRange{0xA7CC, 0xA7CC, 0xA7CD},    LowercaseRange{0xA7CE, 0xA7CE, 0xA7CF},
    LowercaseRange{0xA7D2, 0xA7D2, 0xA7D3},    LowercaseRange{0xA7D4, 0xA7D4, 0xA7D5},
    LowercaseRange{0xA7DA, 0xA7DA, 0xA7DB},    LowercaseRange{0xA7DC, 0xA7DC, 0x019B},
    LowercaseRange{0x10D50, 0x10D65, 0x10D70}, LowercaseRange{0x16EA0, 0x16EB8, 0x16EBB}};

char32_t newest_lowercase(char32_t c) {
  if (c < kNewLowercase.front().first) return c;
  for (const auto& range : kNewLowercase) {
    if (c >= range.first && c <= range.last) return range.lower_of_first + (c - range.first);
  }
  return c;
}

}  // namespace

bool is_whitespace(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13);
  return u_isUWhiteSpace(icu(c));
}

bool is_control(char32_t c) {
  if (c < 0x80) return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
  return has_category(c, U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK) && known_in(c, 8);
}

bool is_punctuation(char32_t c) {
  if (c < 0x80) return (c > ' ' && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') || (c > 'z' && c < 0x7F);
  if (c == 0x166D || c == 0x111C9) return true;  // punctuation until Unicode 11
  return has_category(c, U_GC_P_MASK) && known_in(c, 8);
}

bool is_chinese_char(char32_t c) {
  if (c < 0x3400) return false;
  return (c >= 0x4E00 && c <= 0x9FFF) || c <= 0x4DBF || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

bool is_nonspacing_mark(char32_t c) {
  if (c < 0x300) return false;
  if (c == 0x1734) return true;                                                          // Mn until Unicode 13
  if (c == 0x1885 || c == 0x1886 || c == 0xA9BD || c == 0x111C9) return false;  // Mn since 9 or 11
  return has_category(c, U_GC_MN_MASK) && known_in(c, 8);
}

bool is_combining_mark(char32_t c) {
  if (c < 0x300) return false;
  if (c == 0x1CF2 || c == 0x1CF3) return true;  // Mc until Unicode 11
  if (c == 0x111C9) return false;
  return has_category(c, U_GC_M_MASK) && known_in(c, 9);
}

bool is_word_char(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  return u_hasBinaryProperty(icu(c), UCHAR_ALPHABETIC) ||
         has_category(c, U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK) || u_hasBinaryProperty(icu(c), UCHAR_JOIN_CONTROL);
}

bool is_numeric(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return has_category(c, U_GC_N_MASK);
}

void append_lowercase(char32_t c, std::u32string& out) {
  if (c < 0x80) {
    out += c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  } else if (c == 0x130) {  // the one full mapping without a condition in SpecialCasing.txt
    out += U"i\u0307";
  } else {
    const auto lower = static_cast<char32_t>(u_tolower(icu(c)));
    out += lower == c ? newest_lowercase(c) : lower;
  }
}

}  // namespace modelhost
