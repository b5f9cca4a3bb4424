#include "unicode_forms.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <stdexcept>

namespace modelhost {
namespace {

const icu::Normalizer2& instance(UnicodeForm form) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = nullptr;
  switch (form) {
    case UnicodeForm::kNfc:
    case UnicodeForm::kNfkc:
      normalizer = icu::Normalizer2::getNFCInstance(status);
      break;
    case UnicodeForm::kNfd:
      normalizer = icu::Normalizer2::getNFDInstance(status);
      break;
    case UnicodeForm::kNfkd:
      normalizer = icu::Normalizer2::getNFKDInstance(status);
      break;
  }
  if (U_FAILURE(status) != 0 || normalizer == nullptr)
    throw std::runtime_error("ICU lacks its normalization data");
  return *normalizer;
}

// Newer than the tables that HF uses: such a code point is as good as unassigned there.
bool is_too_new(char32_t c) {
  if (c < 0x7FD) return false;  // below, nothing newer has a decomposition or a combining class
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  return age[0] > 9;
}

uint8_t combining_class(char32_t c) {
  if (c < 0x300) return 0;
  const uint8_t value = u_getCombiningClass(static_cast<UChar32>(c));
  return value != 0 && is_too_new(c) ? 0 : value;
}

// Appends code points so that the marks behind each starter are in canonical order.
class OrderedText {
 public:
  explicit OrderedText(std::size_t size) { text_.reserve(size + size / 4); }

  void append(char32_t c) {
    if (combining_class(c) == 0) {
      sort_marks();
      text_ += c;
      marks_ = text_.size();
    } else {
      text_ += c;
    }
  }
  std::u32string take() && {
    sort_marks();
    return std::move(text_);
  }

 private:
  void sort_marks() {
    if (text_.size() - marks_ < 2) return;
    std::stable_sort(text_.begin() + static_cast<std::ptrdiff_t>(marks_), text_.end(),
                     [](char32_t a, char32_t b) { return combining_class(a) < combining_class(b); });
  }

  std::u32string text_;
  std::size_t marks_ = 0;  ///< where the marks behind the last starter begin
};

std::u32string decompose(std::u32string_view text, const icu::Normalizer2& normalizer) {
  OrderedText out(text.size());
  icu::UnicodeString mapping;
  for (const char32_t c : text) {
    if (c < 0xA0 || !normalizer.getDecomposition(static_cast<UChar32>(c), mapping) || is_too_new(c)) {
      out.append(c);
      continue;
    }
    for (int32_t i = 0; i < mapping.length(); i = mapping.moveIndex32(i, 1)) {
      out.append(static_cast<char32_t>(mapping.char32At(i)));
    }
  }
  return std::move(out).take();
}

void append_composed(std::u32string_view part, const icu::Normalizer2& nfc, std::u32string& out) {
  const auto source = icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(part.data()),
                                                    static_cast<int32_t>(part.size()));
  UErrorCode status = U_ZERO_ERROR;
  const icu::UnicodeString composed = nfc.normalize(source, status);
  if (U_FAILURE(status) != 0) throw std::runtime_error("ICU cannot normalize a text");
  for (int32_t i = 0; i < composed.length(); i = composed.moveIndex32(i, 1)) {
    out += static_cast<char32_t>(composed.char32At(i));
  }
}

// `text` is decomposed and ordered already, which spares ICU its slow reordering.
std::u32string compose(std::u32string_view text, const icu::Normalizer2& nfc) {
  std::u32string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto old_end =
        static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_too_new) - text.begin());
    if (old_end > 0) append_composed(text.substr(0, old_end), nfc, out);
    if (old_end < text.size()) out += text[old_end];
    text.remove_prefix(std::min(old_end + 1, text.size()));
  }
  return out;
}

}  // namespace

std::u32string to_unicode_form(std::u32string_view text, UnicodeForm form) {
  switch (form) {
    case UnicodeForm::kNfd:
    case UnicodeForm::kNfkd:
      return decompose(text, instance(form));
    case UnicodeForm::kNfc:
      return compose(decompose(text, instance(UnicodeForm::kNfd)), instance(form));
    case UnicodeForm::kNfkc:
      return compose(decompose(text, instance(UnicodeForm::kNfkd)), instance(form));
  }
  return std::u32string(text);
}

}  // namespace modelhost
