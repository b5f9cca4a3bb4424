#include "valid_utf8.h"

#include <cstdint>

namespace modelhost {
namespace {

// Length of the sequence that `first` starts, and the range that its second byte must lie in; 0 for none.
struct Form {
  std::size_t length = 0;
  uint8_t low = 0x80, high = 0xbf;
};

Form form_of(uint8_t first) {
  if (first < 0x80) return {1};
  if (first >= 0xc2 && first <= 0xdf) return {2};
  if (first == 0xe0) return {3, 0xa0, 0xbf};
  if (first == 0xed) return {3, 0x80, 0x9f};  // what follows would be a surrogate
  if (first >= 0xe1 && first <= 0xef) return {3};
  if (first == 0xf0) return {4, 0x90, 0xbf};
  if (first >= 0xf1 && first <= 0xf3) return {4};
  if (first == 0xf4) return {4, 0x80, 0x8f};
  return {};
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const Form form = form_of(static_cast<uint8_t>(text[0]));
    if (form.length == 0 || form.length > text.size()) return false;
    for (std::size_t i = 1; i < form.length; ++i) {
      const auto byte = static_cast<uint8_t>(text[i]);
      if (byte < (i == 1 ? form.low : 0x80) || byte > (i == 1 ? form.high : 0xbf)) return false;
    }
    text.remove_prefix(form.length);
  }
  return true;
}

}  // namespace modelhost
