#include "pre_tokenizer.h"

#include <array>

#include "char_class.h"
#include "utf8.h"

namespace modelhost {
namespace {

enum class BertClass : unsigned char { kWord, kSpace, kPunctuation };

BertClass classify(char32_t c) {
  if (is_whitespace(c)) return BertClass::kSpace;
  return is_punctuation(c) ? BertClass::kPunctuation : BertClass::kWord;
}

const std::array<BertClass, 128>& ascii_classes() {
  static const std::array<BertClass, 128> classes = [] {
    std::array<BertClass, 128> table{};
    for (char32_t c = 0; c < 128; ++c) table[c] = classify(c);
    return table;
  }();
  return classes;
}

}  // namespace

void BertPreTokenizer::split(std::string_view text, const WordSink& sink) const {
  const auto& ascii = ascii_classes();
  std::size_t word = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    const char32_t c = next_code_point(text, i);
    const BertClass kind = c < 0x80 ? ascii[c] : classify(c);
    if (kind == BertClass::kWord) continue;
    if (word < start) sink(text.substr(word, start - word));
    if (kind == BertClass::kPunctuation) sink(text.substr(start, i - start));
    word = i;
  }
  if (word < text.size()) sink(text.substr(word));
}

void WhitespacePreTokenizer::split(std::string_view text, const WordSink& sink) const {
  enum class Kind { kNone, kWord, kOther };
  Kind run = Kind::kNone;
  std::size_t run_start = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    const char32_t c = next_code_point(text, i);
    const Kind kind = is_word_char(c) ? Kind::kWord : is_whitespace(c) ? Kind::kNone : Kind::kOther;
    if (kind == run) continue;
    if (run != Kind::kNone) sink(text.substr(run_start, start - run_start));
    run = kind;
    run_start = start;
  }
  if (run != Kind::kNone) sink(text.substr(run_start));
}

// Does a character belong to the part before it?
bool CharSplit::joins(bool previous_is_delimiter, bool is_delimiter) const {
  if (!previous_is_delimiter && !is_delimiter) return true;
  switch (behavior_) {
    case DelimiterBehavior::kRemoved:
    case DelimiterBehavior::kIsolated:
      return false;
    case DelimiterBehavior::kMergedWithPrevious:
      return is_delimiter && !previous_is_delimiter;
    case DelimiterBehavior::kMergedWithNext:
      return previous_is_delimiter && !is_delimiter;
    case DelimiterBehavior::kContiguous:
      return previous_is_delimiter == is_delimiter;
  }
  return false;
}

void CharSplit::split(std::string_view text, const WordSink& sink) const {
  std::size_t part = 0;
  bool previous = false;
  const auto flush = [&](std::size_t end) {
    const bool removed = previous && behavior_ == DelimiterBehavior::kRemoved;
    if (part < end && !removed) sink(text.substr(part, end - part));
    part = end;
  };
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t start = i;
    const bool delimiter = is_delimiter_(next_code_point(text, i));
    if (!joins(previous, delimiter)) flush(start);
    previous = delimiter;
  }
  flush(text.size());
}

void PreTokenizerSequence::split(std::string_view text, const WordSink& sink) const {
  if (!text.empty()) split_from(0, text, sink);
}

void PreTokenizerSequence::split_from(std::size_t part, std::string_view text, const WordSink& sink) const {
  if (part == parts_.size()) return sink(text);
  parts_[part]->split(text, [&](std::string_view word) { split_from(part + 1, word, sink); });
}

}  // namespace modelhost
