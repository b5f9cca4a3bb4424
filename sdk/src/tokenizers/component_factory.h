// JSON descriptions of pipeline stages -> the stages.
#pragma once

#include <string>

#include "decoder.h"
#include "json_field.h"
#include "normalizer.h"
#include "post_processor.h"
#include "pre_tokenizer.h"

namespace modelhost {

// How many normalizers or pre-tokenizers a file may chain or nest.
inline constexpr int kMaxParts = 64;

// Errors of all: kTokenizerUnsupported for a type that is not known here, kTokenizerFile for anything
// malformed.
NormalizerPtr make_normalizer(const JsonField& field);
PreTokenizerPtr make_pre_tokenizer(const JsonField& field);
PostProcessorPtr make_post_processor(const JsonField& field);
DecoderPtr make_decoder(const JsonField& field);

}  // namespace modelhost
