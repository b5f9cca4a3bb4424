// Cutting token sequences to a length, before special tokens are added.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "modelhost/tokenizers/encoding.h"

namespace modelhost {

enum class Truncation { kNone, kLongestFirst, kOnlyFirst, kOnlySecond };

/// What the `truncation` section of a tokenizer.json says. Information only, as in transformers.
struct TruncationSection {
  int64_t max_length = 512;
  Truncation strategy = Truncation::kLongestFirst;
  int64_t stride = 0;
  Side direction = Side::kRight;
};

/// transformers' name: "longest_first" …; nullopt if unknown. "do_not_truncate" is kNone.
std::optional<Truncation> truncation_from_name(std::string_view name);

/// Cuts `first` (and `second`, may be null) so that both together have at most `max_length` tokens
/// (tokenizers' truncate_encodings). `side` is the side that loses tokens.
/// Errors: kTokenizerOptions when the sequence to be cut is missing or would have to vanish.
void truncate_pair(Encoding& first, Encoding* second, int64_t max_length, Truncation strategy, Side side);

}  // namespace modelhost
