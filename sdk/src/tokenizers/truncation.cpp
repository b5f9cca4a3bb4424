#include "truncation.h"

#include <algorithm>
#include <utility>

#include "modelhost/tokenizers/error_codes.h"

namespace modelhost {
namespace {

template <typename T>
void cut(std::vector<T>& values, std::size_t length, Side side) {
  if (values.size() <= length) return;  // also the tokens that were not asked for
  if (side == Side::kLeft) values.erase(values.begin(), values.end() - static_cast<std::ptrdiff_t>(length));
  values.resize(length);
}

void truncate_one(Encoding& encoding, std::size_t length, Side side) {
  cut(encoding.input_ids, length, side);
  cut(encoding.token_type_ids, length, side);
  cut(encoding.attention_mask, length, side);
  cut(encoding.special_tokens_mask, length, side);
  cut(encoding.tokens, length, side);
}

void truncate_longest(Encoding& first, Encoding* second, std::size_t limit, Side side) {
  if (second == nullptr) return truncate_one(first, limit, side);
  std::size_t shorter = std::min(first.size(), second->size());
  std::size_t longer = shorter > limit ? shorter : std::max(shorter, limit - shorter);
  if (shorter + longer > limit) {
    shorter = limit / 2;
    longer = shorter + limit % 2;
  }
  const bool first_is_longer = first.size() > second->size();
  truncate_one(first, first_is_longer ? longer : shorter, side);
  truncate_one(*second, first_is_longer ? shorter : longer, side);
}

void truncate_only(Encoding* target, std::size_t too_many, Side side) {
  if (target == nullptr) {
    throw Error(codes::kTokenizerOptions, "only_second was asked for, but there is no second sequence")
        .key("truncation")
        .fix("encode a pair, or truncate by only_first or longest_first");
  }
  if (target->size() <= too_many) {
    throw Error(codes::kTokenizerOptions, "the sequence to truncate is too short to reach max_length")
        .key("max_length")
        .expected("room for at least one of its " + std::to_string(target->size()) + " tokens")
        .got(std::to_string(too_many) + " tokens too many")
        .fix("raise max_length, or truncate by longest_first");
  }
  truncate_one(*target, target->size() - too_many, side);
}

}  // namespace

std::optional<Truncation> truncation_from_name(std::string_view name) {
  if (name == "do_not_truncate") return Truncation::kNone;
  if (name == "longest_first") return Truncation::kLongestFirst;
  if (name == "only_first") return Truncation::kOnlyFirst;
  if (name == "only_second") return Truncation::kOnlySecond;
  return std::nullopt;
}

void truncate_pair(Encoding& first, Encoding* second, int64_t max_length, Truncation strategy, Side side) {
  const auto limit = static_cast<std::size_t>(std::max<int64_t>(max_length, 0));
  const std::size_t total = first.size() + (second != nullptr ? second->size() : 0);
  if (strategy == Truncation::kNone || total <= limit) return;
  if (limit == 0) {  // HF empties both, whatever the strategy
    truncate_one(first, 0, side);
    if (second != nullptr) truncate_one(*second, 0, side);
  } else if (strategy == Truncation::kLongestFirst) {
    truncate_longest(first, second, limit, side);
  } else {
    truncate_only(strategy == Truncation::kOnlyFirst ? &first : second, total - limit, side);
  }
}

}  // namespace modelhost
