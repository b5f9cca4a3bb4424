// Everything that a tokenizer consists of, whichever files it came from.
#pragma once

#include <optional>
#include <string>

#include "modelhost/tokenizers/added_vocabulary.h"
#include "modelhost/tokenizers/decoder.h"
#include "modelhost/tokenizers/normalizer.h"
#include "modelhost/tokenizers/padding.h"
#include "modelhost/tokenizers/post_processor.h"
#include "modelhost/tokenizers/pre_tokenizer.h"
#include "modelhost/tokenizers/truncation.h"
#include "modelhost/tokenizers/word_model.h"

namespace modelhost {

struct TokenizerParts {
  NormalizerPtr normalizer;         ///< may be null
  PreTokenizerPtr pre_tokenizer;    ///< may be null: the whole text is one word
  WordModelPtr model;               ///< never null
  PostProcessorPtr post_processor;  ///< may be null
  DecoderPtr decoder;               ///< may be null: tokens are joined by spaces
  std::vector<AddedToken> added_tokens;
  std::optional<TruncationSection> truncation;
  std::optional<PaddingSection> padding;
  std::string file;  ///< for messages
};

}  // namespace modelhost
