// Cutting token sequences to a length, before special tokens are added.
#pragma once

#include <cstdint>

#include "modelhost/tokenizers/encode_options.h"

namespace modelhost {

/// Cuts `first` (and `second`, may be null) so that both together have at most `max_length` tokens
/// (tokenizers' truncate_encodings). `side` is the side that loses tokens.
/// Errors: kTokenizerOptions when the sequence to be cut is missing or would have to vanish.
void truncate_pair(Encoding& first, Encoding* second, int64_t max_length, Truncation strategy, Side side);

}  // namespace modelhost
