#include <utility>

#include "char_class.h"
#include "normalizer.h"
#include "utf8.h"

namespace modelhost {
namespace {

constexpr char kDropped =
    '\x7F';  // DEL is itself a control character: it never stands for itself when cleaning

bool is_ascii_byte(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

}  // namespace

BertNormalizer::BertNormalizer(BertNormalizerOptions options)
    : options_(options), strip_accents_(options.strip_accents.value_or(options.lowercase)) {
  for (char32_t c = 0; c < 128; ++c) {
    char to = static_cast<char>(c);
    if (options_.lowercase && c >= 'A' && c <= 'Z') to = static_cast<char>(c + ('a' - 'A'));
    if (options_.clean_text && is_whitespace(c)) to = ' ';
    if (options_.clean_text && (c == 0 || is_control(c))) to = kDropped;
    ascii_[c] = to;
  }
}

// ASCII goes through a table. A run of other characters, with the dropped ones inside it, is handled as a
// whole: its ends are starters that never compose, so no step can reach over them.
void BertNormalizer::normalize(std::string& text) const {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (std::size_t i = 0; i < text.size();) {
    if (is_ascii_byte(text[i])) {
      const char to = ascii_[static_cast<unsigned char>(text[i++])];
      if (to != kDropped || !options_.clean_text) out += to;
      continue;
    }
    std::size_t end = i + 1;
    while (end < text.size() &&
           (!is_ascii_byte(text[end]) ||
            (options_.clean_text && ascii_[static_cast<unsigned char>(text[end])] == kDropped))) {
      ++end;
    }
    append_run(std::string_view(text).substr(i, end - i), out);
    i = end;
  }
  text = std::move(out);
}

void BertNormalizer::append_run(std::string_view run, std::string& out) const {
  std::u32string cleaned;
  bool may_decompose = false;
  for (std::size_t i = 0; i < run.size();) {
    char32_t c = next_code_point(run, i);
    if (options_.clean_text) {
      if (c == 0 || c == 0xFFFD || is_control(c)) continue;
      if (is_whitespace(c)) c = U' ';
    }
    const bool isolate = options_.handle_chinese_chars && is_chinese_char(c);
    if (isolate) cleaned += U' ';
    cleaned += c;
    if (isolate) cleaned += U' ';
    may_decompose |= c >= 0xC0;
  }
  if (strip_accents_ && may_decompose) {
    cleaned = to_unicode_form(cleaned, UnicodeForm::kNfd);
    std::erase_if(cleaned, is_nonspacing_mark);
  }
  if (options_.lowercase) {
    std::u32string lower;
    lower.reserve(cleaned.size());
    for (const char32_t c : cleaned) append_lowercase(c, lower);
    cleaned = std::move(lower);
  }
  for (const char32_t c : cleaned) append_utf8(c, out);
}

}  // namespace modelhost
