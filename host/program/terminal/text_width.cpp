#include "text_width.h"

#include <array>
#include <cstdint>

namespace modelhost::host {
namespace {

struct Range {
  uint32_t first, last;
};

constexpr std::array kWide = std::to_array<Range>({{0x1100, 0x115f},
                                                   {0x2e80, 0x303e},
                                                   {0x3041, 0xa4cf},
                                                   {0xac00, 0xd7a3},
                                                   {0xf900, 0xfaff},
                                                   {0xfe30, 0xfe6f},
                                                   {0xff00, 0xff60},
                                                   {0xffe0, 0xffe6},
                                                   {0x1f300, 0x1f64f},
                                                   {0x1f680, 0x1f6ff},
                                                   {0x1f900, 0x1f9ff},
                                                   {0x20000, 0x3fffd}});
constexpr std::array kZeroWidth = std::to_array<Range>({{0x300, 0x36f},
                                                        {0x483, 0x489},
                                                        {0x591, 0x5bd},
                                                        {0x610, 0x61a},
                                                        {0x64b, 0x65f},
                                                        {0x900, 0x902},
                                                        {0x93c, 0x93c},
                                                        {0x941, 0x948},
                                                        {0x94d, 0x94d},
                                                        {0x200b, 0x200f},
                                                        {0x202a, 0x202e},
                                                        {0x20d0, 0x20ff},
                                                        {0xfe00, 0xfe0f},
                                                        {0xfe20, 0xfe2f},
                                                        {0xfeff, 0xfeff}});

template <std::size_t N>
bool in_any(uint32_t code, const std::array<Range, N>& ranges) {
  for (const Range& range : ranges) {
    if (code >= range.first && code <= range.last) return true;
  }
  return false;
}

// Length in bytes of the character that starts with `lead`; the text was checked to be UTF-8 before.
std::size_t length_of(unsigned char lead) {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

uint32_t decode(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes.front());
  if (bytes.size() == 1) return lead;
  uint32_t code = lead & (0xff >> (bytes.size() + 1));
  for (const char byte : bytes.substr(1)) code = code << 6 | (static_cast<unsigned char>(byte) & 0x3f);
  return code;
}

}  // namespace

std::string fit_columns(std::string_view text, int columns) {
  std::string out;
  int used = 0;
  std::size_t cut_at = 0;  // where the ellipsis goes if the text is too long
  int used_at_cut = 0;
  while (!text.empty()) {
    const std::string_view bytes = text.substr(0, length_of(static_cast<unsigned char>(text.front())));
    text.remove_prefix(bytes.size());
    const uint32_t code = decode(bytes);
    const int width = in_any(code, kZeroWidth) ? 0 : in_any(code, kWide) ? 2 : 1;
    if (used + width > columns) {
      out.resize(cut_at);
      out += "…";
      return out + std::string(columns - used_at_cut - 1, ' ');
    }
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
      out += ' ';
    } else {
      out += bytes;
    }
    used += width;
    if (used < columns) cut_at = out.size(), used_at_cut = used;
  }
  return out + std::string(columns - used, ' ');
}

}  // namespace modelhost::host
