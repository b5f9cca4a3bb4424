#include "char_class.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>

namespace modelhost {
namespace {

UChar32 icu(char32_t c) {
  return static_cast<UChar32>(c);
}

// Was `c` assigned in this version of Unicode already? HF's category tables know nothing newer.
bool known_in(char32_t c, uint8_t major) {
  UVersionInfo age;
  u_charAge(icu(c), age);
  return age[0] > 0 && (age[0] < major || (age[0] == major && age[1] == 0));
}

bool has_category(char32_t c, uint32_t mask) {
  return (U_GET_GC_MASK(icu(c)) & mask) != 0;
}

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

struct Range {
  char32_t first, last;
};

// Word characters of Unicode 15.1 and 16, and numbers up to Unicode 17, likewise.
constexpr Range kNewWordChars[] = {
    {0x897, 0x897},     {0x1C89, 0x1C8A},   {0xA7CB, 0xA7CD},   {0xA7DA, 0xA7DC},   {0x105C0, 0x105F3},
    {0x10D40, 0x10D65}, {0x10D69, 0x10D6D}, {0x10D6F, 0x10D85}, {0x10EC2, 0x10EC4}, {0x10EFC, 0x10EFC},
    {0x11380, 0x11389}, {0x1138B, 0x1138B}, {0x1138E, 0x1138E}, {0x11390, 0x113B5}, {0x113B7, 0x113C0},
    {0x113C2, 0x113C2}, {0x113C5, 0x113C5}, {0x113C7, 0x113CA}, {0x113CC, 0x113D3}, {0x113E1, 0x113E2},
    {0x116D0, 0x116E3}, {0x11BC0, 0x11BE0}, {0x11BF0, 0x11BF9}, {0x11F5A, 0x11F5A}, {0x13460, 0x143FA},
    {0x16100, 0x16139}, {0x16D40, 0x16D6C}, {0x16D70, 0x16D79}, {0x18CFF, 0x18CFF}, {0x1CCF0, 0x1CCF9},
    {0x1E5D0, 0x1E5FA}, {0x2EBF0, 0x2EE5D}};
constexpr Range kNewNumbers[] = {{0x10D40, 0x10D49}, {0x116D0, 0x116E3}, {0x11BF0, 0x11BF9},
                                 {0x11DE0, 0x11DE9}, {0x16130, 0x16139}, {0x16D70, 0x16D79},
                                 {0x16FF4, 0x16FF6}, {0x1CCF0, 0x1CCF9}, {0x1E5F1, 0x1E5FA}};

template <std::size_t N>
bool is_new_in(const Range (&ranges)[N], char32_t c) {
  if (u_charType(icu(c)) != U_UNASSIGNED) return false;
  return std::any_of(ranges, ranges + N, [c](Range range) { return c >= range.first && c <= range.last; });
}

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
  if (c < 0x80)
    return (c > ' ' && c < '0') || (c > '9' && c < 'A') || (c > 'Z' && c < 'a') || (c > 'z' && c < 0x7F);
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
  if (c == 0x1734) return true;                                                 // Mn until Unicode 13
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
         has_category(c, U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK) ||
         u_hasBinaryProperty(icu(c), UCHAR_JOIN_CONTROL) || is_new_in(kNewWordChars, c);
}

bool is_numeric(char32_t c) {
  if (c < 0x80) return c >= '0' && c <= '9';
  return has_category(c, U_GC_N_MASK) || is_new_in(kNewNumbers, c);
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
