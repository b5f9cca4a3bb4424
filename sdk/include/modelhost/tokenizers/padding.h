// Filling token sequences up to a length.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "modelhost/tokenizers/encoding.h"

namespace modelhost {

enum class Padding { kNone, kLongest, kMaxLength };

/// Longest sequence that padding makes: a length from a file or a typing error must not fill the memory.
inline constexpr int64_t kMaxPaddedLength = int64_t{1} << 24;

/// What the `padding` section of a tokenizer.json says. Information only, as in transformers.
struct PaddingSection {
  std::optional<int64_t> fixed_length;  ///< unset: longest of the batch
  Side direction = Side::kRight;
  std::optional<int64_t> pad_to_multiple_of;
  int64_t pad_id = 0;
  int64_t pad_type_id = 0;
  std::string pad_token = "[PAD]";
};

/// "longest", "max_length" or "do_not_pad"; nullopt if unknown.
std::optional<Padding> padding_from_name(std::string_view name);

/// Pads all to one length: the section's fixed one or that of the longest, rounded up to the multiple. A
/// longer one stays as it is (tokenizers' pad_encodings). Without `with_tokens`, Encoding::tokens is left
/// alone. Errors: kTokenizerOptions beyond kMaxPaddedLength.
void pad_batch(std::span<Encoding> batch, const PaddingSection& how, bool with_tokens = true);

}  // namespace modelhost
