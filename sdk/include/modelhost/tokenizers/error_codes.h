// The codes of tokenizers.
#pragma once

#include <array>

#include "modelhost/base/error.h"

namespace modelhost::codes {

// T: tokenizers
inline constexpr ErrorCode kTokenizerMissing{"T101", "no tokenizer files found",
                                             "add tokenizer.json to the model directory"};
inline constexpr ErrorCode kTokenizerUnsupported{"T102",
                                                 "the tokenizer needs something that is not supported",
                                                 "use another tokenizer, or give token ids"};
inline constexpr ErrorCode kTokenizerFile{"T103", "a tokenizer file is malformed", "download the file again"};
inline constexpr ErrorCode kTokenizerUtf8{"T104", "text is not valid UTF-8", "convert the input to UTF-8"};
inline constexpr ErrorCode kTokenizerOptions{"T105", "tokenizer options contradict each other",
                                             "correct the options"};

/// All of the above.
inline constexpr std::array kTokenizerCodes{
    kTokenizerMissing, kTokenizerUnsupported, kTokenizerFile, kTokenizerUtf8, kTokenizerOptions};

}  // namespace modelhost::codes
