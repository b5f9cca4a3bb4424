// Everything that a tokenizer consists of, whichever files it came from.
#pragma once

#include <optional>
#include <string>

#include "added_vocabulary.h"
#include "decoder.h"
#include "modelhost/tokenizers/encode_options.h"
#include "normalizer.h"
#include "post_processor.h"
#include "pre_tokenizer.h"
#include "word_model.h"

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
