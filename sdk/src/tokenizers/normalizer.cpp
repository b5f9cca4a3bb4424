#include "normalizer.h"

#include <utility>

#include "char_class.h"
#include "utf8.h"

namespace modelhost {
namespace {

template <typename Keep>
void keep_if(std::string& text, Keep keep) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    if (keep(next_code_point(text, i))) out.append(text, start, i - start);
  }
  text = std::move(out);
}

}  // namespace

void UnicodeNormalizer::normalize(std::string& text) const {
  if (is_ascii(text)) return;
  text = encode_utf8(to_unicode_form(decode_utf8(text), form_));
}

void LowercaseNormalizer::normalize(std::string& text) const {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) append_lowercase(next_code_point(text, i), out);
  text = encode_utf8(out);
}

void StripAccentsNormalizer::normalize(std::string& text) const {
  if (is_ascii(text)) return;
  keep_if(text, [](char32_t c) { return !is_combining_mark(c); });
}

void StripNormalizer::normalize(std::string& text) const {
  std::size_t begin = 0, end = text.size();
  for (std::size_t next = begin; left_ && begin < end; begin = next) {
    if (!is_whitespace(next_code_point(text, next))) break;
  }
  for (std::size_t previous = end; right_ && end > begin; end = previous) {
    if (!is_whitespace(previous_code_point(text, previous))) break;
  }
  text = text.substr(begin, end - begin);
}

ReplaceNormalizer::ReplaceNormalizer(std::string pattern, std::string content)
    : pattern_(std::move(pattern)), content_(std::move(content)) {}

void ReplaceNormalizer::normalize(std::string& text) const {
  if (pattern_.empty()) return;
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = text.find(pattern_); at != std::string::npos; at = text.find(pattern_, from)) {
    out.append(text, from, at - from).append(content_);
    from = at + pattern_.size();
  }
  if (from == 0) return;
  text = out.append(text, from);
}

void PrependNormalizer::normalize(std::string& text) const {
  if (!text.empty()) text.insert(0, prefix_);
}

void NormalizerSequence::normalize(std::string& text) const {
  for (const NormalizerPtr& part : parts_) part->normalize(text);
}

}  // namespace modelhost
