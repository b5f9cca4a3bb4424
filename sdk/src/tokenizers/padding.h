// Filling token sequences up to a length.
#pragma once

#include <span>

#include "modelhost/tokenizers/encode_options.h"

namespace modelhost {

/// Pads all to one length: the section's fixed one or that of the longest, rounded up to the multiple. A
/// longer one stays as it is (tokenizers' pad_encodings). Without `with_tokens`, Encoding::tokens is left
/// alone. Errors: kTokenizerOptions beyond kMaxPaddedLength.
void pad_batch(std::span<Encoding> batch, const PaddingSection& how, bool with_tokens = true);

}  // namespace modelhost
