#include "padding.h"

#include <algorithm>

#include "modelhost/tokenizers/error_codes.h"

namespace modelhost {
namespace {

template <typename T>
void fill(std::vector<T>& values, std::size_t count, const T& value, Side side) {
  values.insert(side == Side::kLeft ? values.begin() : values.end(), count, value);
}

std::size_t padded_length(std::span<const Encoding> batch, const PaddingSection& how) {
  std::size_t length = 0;
  for (const Encoding& encoding : batch) length = std::max(length, encoding.size());
  int64_t wanted = how.fixed_length.value_or(static_cast<int64_t>(length));
  const int64_t multiple = how.pad_to_multiple_of.value_or(0);
  const bool plausible = wanted <= kMaxPaddedLength && multiple <= kMaxPaddedLength;
  if (plausible && multiple > 0 && wanted % multiple != 0) wanted += multiple - wanted % multiple;
  if (how.fixed_length && (!plausible || wanted > kMaxPaddedLength)) {
    throw Error(codes::kTokenizerOptions, "the length to pad to is implausible")
        .key("max_length")
        .expected("at most " + std::to_string(kMaxPaddedLength))
        .got(std::to_string(wanted));
  }
  if (multiple > kMaxPaddedLength) {
    throw Error(codes::kTokenizerOptions, "the multiple to pad to is implausible")
        .key("pad_to_multiple_of")
        .expected("at most " + std::to_string(kMaxPaddedLength))
        .got(std::to_string(multiple));
  }
  return static_cast<std::size_t>(std::max<int64_t>(wanted, 0));
}

}  // namespace

std::optional<Padding> padding_from_name(std::string_view name) {
  if (name == "do_not_pad") return Padding::kNone;
  if (name == "longest") return Padding::kLongest;
  if (name == "max_length") return Padding::kMaxLength;
  return std::nullopt;
}

void pad_batch(std::span<Encoding> batch, const PaddingSection& how, bool with_tokens) {
  const std::size_t length = padded_length(batch, how);
  for (Encoding& encoding : batch) {
    if (encoding.size() >= length) continue;
    const std::size_t count = length - encoding.size();
    fill(encoding.input_ids, count, how.pad_id, how.direction);
    fill(encoding.token_type_ids, count, how.pad_type_id, how.direction);
    fill(encoding.attention_mask, count, int64_t{0}, how.direction);
    fill(encoding.special_tokens_mask, count, int64_t{1}, how.direction);
    if (with_tokens) fill(encoding.tokens, count, how.pad_token, how.direction);
  }
}

}  // namespace modelhost
