#include "lower_case.h"

#include <unicode/locid.h>
#include <unicode/stringpiece.h>
#include <unicode/unistr.h>

namespace modelhost::host {

std::string lower_case(std::string_view text) {
  const icu::StringPiece bytes(text.data(), static_cast<int32_t>(text.size()));
  icu::UnicodeString units = icu::UnicodeString::fromUTF8(bytes);
  std::string same;
  if (units.toUTF8String(same) != text) return std::string(text);  // the tokenizer names the bad byte
  std::string lower;
  units.toLower(icu::Locale::getRoot()).toUTF8String(lower);
  return lower;
}

}  // namespace modelhost::host
