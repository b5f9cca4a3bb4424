#include "added_vocabulary.h"

#include <algorithm>

#include "char_class.h"
#include "modelhost/base/text.h"
#include "modelhost/tokenizers/error_codes.h"
#include "string_matcher.h"
#include "utf8.h"

namespace modelhost {
namespace {

std::size_t skip_spaces_left(std::string_view text, std::size_t position, std::size_t limit) {
  while (position > limit) {
    std::size_t before = position;
    if (!is_whitespace(previous_code_point(text, before))) break;
    position = before;
  }
  return position;
}

std::size_t skip_spaces_right(std::string_view text, std::size_t position) {
  while (position < text.size()) {
    std::size_t behind = position;
    if (!is_whitespace(next_code_point(text, behind))) break;
    position = behind;
  }
  return position;
}

}  // namespace

void AddedVocabulary::add(const std::vector<AddedToken>& tokens, const Vocabulary& model,
                          const Normalizer* normalizer, const std::string& file) {
  auto next_id = static_cast<int64_t>(model.size());  // HF's rule, although ids may have gaps
  if (!by_id_.empty()) next_id = std::max(next_id, by_id_.rbegin()->first + 1);
  std::size_t total = 0;
  for (const AddedToken& token : tokens) {
    if (token.content.empty()) continue;
    total += token.content.size();
    if (token.content.size() > kMaxContent || total > kMaxTotalContent) {
      throw Error(codes::kTokenizerFile, "added tokens are too long")
          .file(file)
          .key("added_tokens")
          .expected("at most " + std::to_string(kMaxContent) + " bytes each, " +
                    std::to_string(kMaxTotalContent) + " in all")
          .got(quote(token.content, 40));
    }
    std::optional<int64_t> id = find(token.content);
    if (!id) id = model.find(token.content);
    if (!id) id = next_id++;
    by_content_[token.content] = *id;
    by_id_[*id] = token;
    if (token.special) special_.insert(token.content);
  }
  prepare(normalizer, file);
}

void AddedVocabulary::prepare(const Normalizer* normalizer, const std::string& file) {
  auto raw = std::make_shared<StringMatcher>();
  auto normalized = std::make_shared<StringMatcher>();
  raw_ = normalized_ = nullptr;
  for (const auto& [id, token] : by_id_) {
    std::string pattern = token.content;
    if (token.normalized && normalizer != nullptr) normalizer->normalize(pattern);
    if (pattern.empty()) continue;  // nothing is left of it, so there is nothing to find
    if (pattern.size() > 8 * kMaxContent) {
      throw Error(codes::kTokenizerFile, "an added token is too long once normalized")
          .file(file)
          .key("added_tokens");
    }
    (token.normalized ? normalized : raw)->add(pattern, id);
    (token.normalized ? normalized_ : raw_) = token.normalized ? normalized : raw;
  }
}

std::optional<int64_t> AddedVocabulary::find(std::string_view content) const {
  const auto found = by_content_.find(std::string(content));
  if (found == by_content_.end()) return std::nullopt;
  return found->second;
}

const AddedToken* AddedVocabulary::token(int64_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

std::vector<TextPart> AddedVocabulary::split_raw(std::string_view text) const {
  if (!raw_) return {{text, -1}};
  return split(text, *raw_);
}

std::vector<TextPart> AddedVocabulary::split_normalized(std::string_view text) const {
  if (!normalized_) return {{text, -1}};
  return split(text, *normalized_);
}

bool AddedVocabulary::stands_alone(std::string_view text, std::size_t start, std::size_t end) const {
  if (start > 0 && is_word_char(previous_code_point(text, start))) return false;
  return end >= text.size() || !is_word_char(next_code_point(text, end));
}

std::vector<TextPart> AddedVocabulary::split(std::string_view text, const StringMatcher& matcher) const {
  std::vector<TextPart> parts;
  std::size_t done = 0;  // everything before is in `parts`
  std::size_t spaces_end =
      0;  // end of the white space that was taken last, so that no space is looked at twice
  for (std::size_t from = 0;;) {
    const auto match = matcher.find(text, from);
    if (!match) break;
    from = match->end;
    const AddedToken& token = by_id_.at(match->value);
    if (token.single_word && !stands_alone(text, match->start, match->end)) continue;
    std::size_t start = match->start, end = match->end;
    if (token.lstrip) start = std::max(skip_spaces_left(text, start, std::min(done, start)), done);
    if (token.rstrip) end = spaces_end = skip_spaces_right(text, std::max(end, spaces_end));
    if (done < start) parts.push_back({text.substr(done, start - done), -1});
    parts.push_back({text.substr(start, end > start ? end - start : 0), match->value});
    done = end;
  }
  if (done < text.size()) parts.push_back({text.substr(done), -1});
  return parts;
}

}  // namespace modelhost
