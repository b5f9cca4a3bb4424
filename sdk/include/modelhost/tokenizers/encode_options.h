// What a caller asks of a tokenizer, and what a tokenizer.json says beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "modelhost/tokenizers/encoding.h"

namespace modelhost {

enum class Padding { kNone, kLongest, kMaxLength };
enum class Truncation { kNone, kLongestFirst, kOnlyFirst, kOnlySecond };

/// "longest", "max_length" or "do_not_pad"; nullopt if unknown.
std::optional<Padding> padding_from_name(std::string_view name);

/// transformers' name: "longest_first" …; nullopt if unknown. "do_not_truncate" is kNone.
std::optional<Truncation> truncation_from_name(std::string_view name);

/// Longest sequence that padding makes: a length from a file or a typing error must not fill the memory.
inline constexpr int64_t kMaxPaddedLength = int64_t{1} << 24;

/// The arguments of transformers' `tokenizer(...)`, with its defaults: neither padding nor truncation,
/// whatever the sections of tokenizer.json say.
struct EncodeOptions {
  bool add_special_tokens = true;
  Padding padding = Padding::kNone;
  Truncation truncation = Truncation::kNone;
  std::optional<int64_t> max_length;  ///< unset: model_max_length where padding or truncation needs one
  std::optional<int64_t> pad_to_multiple_of;
  std::optional<Side> padding_side;     ///< unset: the tokenizer's own
  std::optional<Side> truncation_side;  ///< unset: the tokenizer's own
  bool return_tokens = true;            ///< fill Encoding::tokens
};

/// What the `padding` section of a tokenizer.json says. Information only, as in transformers.
struct PaddingSection {
  std::optional<int64_t> fixed_length;  ///< unset: longest of the batch
  Side direction = Side::kRight;
  std::optional<int64_t> pad_to_multiple_of;
  int64_t pad_id = 0;
  int64_t pad_type_id = 0;
  std::string pad_token = "[PAD]";
};

/// What the `truncation` section of a tokenizer.json says. Information only, as in transformers.
struct TruncationSection {
  int64_t max_length = 512;
  Truncation strategy = Truncation::kLongestFirst;
  int64_t stride = 0;
  Side direction = Side::kRight;
};

}  // namespace modelhost
