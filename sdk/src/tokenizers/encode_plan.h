// EncodeOptions with everything filled in that they leave open.
#pragma once

#include <optional>

#include "modelhost/tokenizers/tokenizer.h"
#include "tokenizer_settings.h"

namespace modelhost {

struct EncodePlan {
  Truncation truncation = Truncation::kNone;
  int64_t room = 0;  ///< for tokens of the texts, if truncation is on
  Side truncation_side = Side::kRight;
  std::optional<PaddingSection> padding;
};

/// transformers' `_get_padding_truncation_strategies`. `added` is the number of special tokens to come,
/// `pad_id` the id of settings.pad_token. Errors: kTokenizerOptions.
EncodePlan make_encode_plan(const EncodeOptions& options, const TokenizerSettings& settings,
                            std::optional<int64_t> pad_id, int64_t added);

}  // namespace modelhost
