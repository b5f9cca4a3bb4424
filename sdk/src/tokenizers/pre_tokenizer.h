// Second stage: cleaned text -> words.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace modelhost {

/// Receives one word after the other, never an empty one. A view is valid during the call only, which lets a
/// pre-tokenizer that rewrites its text (byte level) hand out temporary ones.
using WordSink = std::function<void(std::string_view)>;

/// Cuts text into words. `text` is checked UTF-8. Const methods may run concurrently.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  virtual void split(std::string_view text, const WordSink& sink) const = 0;
};

using PreTokenizerPtr = std::shared_ptr<const PreTokenizer>;

/// What becomes of a delimiter (tokenizers.SplitDelimiterBehavior).
enum class DelimiterBehavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

/// tokenizers.pre_tokenizers.BertPreTokenizer: white space separates, every punctuation character stands
/// alone.
class BertPreTokenizer final : public PreTokenizer {
 public:
  void split(std::string_view text, const WordSink& sink) const override;
};

/// The regular expression `\w+|[^\w\s]+`.
class WhitespacePreTokenizer final : public PreTokenizer {
 public:
  void split(std::string_view text, const WordSink& sink) const override;
};

/// Cuts at single code points that a predicate picks. WhitespaceSplit, Punctuation, Digits and
/// CharDelimiterSplit are all this.
class CharSplit final : public PreTokenizer {
 public:
  using Predicate = std::function<bool(char32_t)>;
  CharSplit(Predicate is_delimiter, DelimiterBehavior behavior)
      : is_delimiter_(std::move(is_delimiter)), behavior_(behavior) {}
  void split(std::string_view text, const WordSink& sink) const override;

 private:
  bool joins(bool previous_is_delimiter, bool is_delimiter) const;

  Predicate is_delimiter_;
  DelimiterBehavior behavior_;
};

class PreTokenizerSequence final : public PreTokenizer {
 public:
  explicit PreTokenizerSequence(std::vector<PreTokenizerPtr> parts) : parts_(std::move(parts)) {}
  void split(std::string_view text, const WordSink& sink) const override;

 private:
  void split_from(std::size_t part, std::string_view text, const WordSink& sink) const;

  std::vector<PreTokenizerPtr> parts_;
};

}  // namespace modelhost
