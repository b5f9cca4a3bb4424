// Fourth stage: adds [CLS], [SEP] and segment numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "modelhost/tokenizers/encoding.h"

namespace modelhost {

/// Takes one or two sequences (token_type_ids are 0 and 1) and returns what is to be joined.
/// Const methods may run concurrently.
class PostProcessor {
 public:
  virtual ~PostProcessor() = default;
  /// How many special tokens process() adds.
  virtual int64_t added_tokens(bool pair) const = 0;
  virtual std::vector<Encoding> process(std::vector<Encoding> parts, bool add_special_tokens) const = 0;
};

using PostProcessorPtr = std::shared_ptr<const PostProcessor>;

/// A token, or several, that a template puts in.
struct SpecialToken {
  std::vector<int64_t> ids;
  std::vector<std::string> tokens;
};

/// One place in a template: a sequence (0: A, 1: B) or special tokens.
struct TemplatePiece {
  int sequence = -1;  ///< -1: `special`
  SpecialToken special;
  int64_t type_id = 0;
};

/// tokenizers.processors.TemplateProcessing. `single` must not name sequence B.
class TemplateProcessing final : public PostProcessor {
 public:
  TemplateProcessing(std::vector<TemplatePiece> single, std::vector<TemplatePiece> pair)
      : single_(std::move(single)), pair_(std::move(pair)) {}
  int64_t added_tokens(bool pair) const override;
  std::vector<Encoding> process(std::vector<Encoding> parts, bool add_special_tokens) const override;

 private:
  std::vector<TemplatePiece> single_, pair_;
};

/// tokenizers.processors.BertProcessing: [CLS] A [SEP] and [CLS] A [SEP] B [SEP].
class BertProcessing final : public PostProcessor {
 public:
  BertProcessing(SpecialToken cls, SpecialToken sep) : cls_(std::move(cls)), sep_(std::move(sep)) {}
  int64_t added_tokens(bool pair) const override { return pair ? 3 : 2; }
  std::vector<Encoding> process(std::vector<Encoding> parts, bool add_special_tokens) const override;

 private:
  SpecialToken cls_, sep_;
};

/// One after the other. Only the last may change the number of sequences.
class PostProcessorSequence final : public PostProcessor {
 public:
  explicit PostProcessorSequence(std::vector<PostProcessorPtr> parts) : parts_(std::move(parts)) {}
  int64_t added_tokens(bool pair) const override;
  std::vector<Encoding> process(std::vector<Encoding> parts, bool add_special_tokens) const override;

 private:
  std::vector<PostProcessorPtr> parts_;
};

/// Joins the parts into the first of them. `special` tokens may be appended with append_special.
void append_encoding(Encoding& to, Encoding&& from);
void append_special(Encoding& to, const SpecialToken& special, int64_t type_id);

/// Numbers the sequences, runs `processor` (may be null) and joins what comes out (tokenizers'
/// PostProcessor::process).
Encoding post_process(const PostProcessor* processor, std::vector<Encoding> parts, bool add_special_tokens);

}  // namespace modelhost
