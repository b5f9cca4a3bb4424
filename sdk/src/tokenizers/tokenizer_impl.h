// The inside of Tokenizer.
#pragma once

#include "encode_plan.h"
#include "modelhost/tokenizers/tokenizer.h"
#include "tokenizer_parts.h"
#include "tokenizer_settings.h"

namespace modelhost {

struct Tokenizer::Impl {
  TokenizerParts parts;
  TokenizerSettings settings;
  AddedVocabulary added;

  std::optional<int64_t> id_of(std::string_view token) const;
  std::optional<int64_t> id_of(const std::optional<std::string>& token) const;
  std::optional<std::string_view> token_of(int64_t id) const;
  int64_t specials(bool pair) const {
    return parts.post_processor ? parts.post_processor->added_tokens(pair) : 0;
  }

  /// Text -> tokens, without special tokens.
  Encoding tokenize(std::string_view text, bool with_tokens) const;
  /// The same plus truncation and template; `pair` may be null.
  Encoding encode(std::string_view text, const std::string_view* pair, const EncodeOptions& options,
                  const EncodePlan& plan) const;
  EncodePlan plan(const EncodeOptions& options, bool pair) const;

 private:
  void add_token(const TextPart& part, bool with_tokens, Encoding& out) const;
  void add_text(std::string_view text, bool with_tokens, Encoding& out) const;
};

}  // namespace modelhost
