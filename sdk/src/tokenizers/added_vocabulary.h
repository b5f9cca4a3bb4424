// Tokens that are found in the text itself, before any word model sees it: [CLS], [MASK], <user_added> …
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "normalizer.h"
#include "vocabulary.h"

namespace modelhost {

/// tokenizers.AddedToken.
struct AddedToken {
  std::string content;
  bool single_word = false;  ///< only where no word character stands next to it
  bool lstrip = false;       ///< takes the white space on its left with it
  bool rstrip = false;
  bool normalized = true;  ///< is looked for in the normalized text, in its own normalized form
  bool special = false;    ///< left out by decode(skip_special_tokens)
  bool operator==(const AddedToken&) const = default;
};

/// A stretch of text: either one added token (`id` >= 0) or ordinary text (`id` == -1).
struct TextPart {
  std::string_view text;
  int64_t id = -1;
};

class StringMatcher;

/// tokenizers.AddedVocabulary: finds added tokens, leftmost and longest first, in time linear in the text.
class AddedVocabulary {
 public:
  /// Bytes of one added token, on which the cost of a match depends, and of all of them, on which memory
  /// depends.
  static constexpr std::size_t kMaxContent = 4096;
  static constexpr std::size_t kMaxTotalContent = std::size_t{4} << 20;

  /// Adds tokens in order. A token that `model` knows keeps its id there; another one gets the next free id.
  /// A later token of the same content replaces the flags of the earlier. Empty ones are ignored. Then the
  /// search is prepared; `normalizer` may be null. Errors: kTokenizerFile for a content that is too long.
  void add(const std::vector<AddedToken>& tokens, const Vocabulary& model, const Normalizer* normalizer,
           const std::string& file);

  std::optional<int64_t> find(std::string_view content) const;
  const AddedToken* token(int64_t id) const;
  bool is_special(std::string_view content) const { return special_.contains(std::string(content)); }
  const std::map<int64_t, AddedToken>& tokens() const { return by_id_; }
  bool has_normalized() const { return normalized_ != nullptr; }

  /// Cuts raw text at the tokens that are not `normalized`; views into `text`.
  std::vector<TextPart> split_raw(std::string_view text) const;
  /// Cuts normalized text at the others.
  std::vector<TextPart> split_normalized(std::string_view text) const;

 private:
  void prepare(const Normalizer* normalizer, const std::string& file);
  std::vector<TextPart> split(std::string_view text, const StringMatcher& matcher) const;
  bool stands_alone(std::string_view text, std::size_t start, std::size_t end) const;

  std::unordered_map<std::string, int64_t> by_content_;
  std::map<int64_t, AddedToken> by_id_;
  std::unordered_set<std::string> special_;
  std::shared_ptr<const StringMatcher> raw_, normalized_;  ///< null: nothing to look for
};

}  // namespace modelhost
