#include "encode_plan.h"

#include "modelhost/tokenizers/error_codes.h"

namespace modelhost {
namespace {

void check_options(const EncodeOptions& options, std::optional<int64_t> max_length, bool truncates,
                   bool pads) {
  const int64_t multiple = options.pad_to_multiple_of.value_or(0);
  if (options.max_length.value_or(0) < 0) {
    throw Error(codes::kTokenizerOptions, "max_length is negative")
        .key("max_length")
        .got(std::to_string(*options.max_length));
  }
  if (multiple < 0) {
    throw Error(codes::kTokenizerOptions, "pad_to_multiple_of is negative")
        .key("pad_to_multiple_of")
        .got(std::to_string(multiple));
  }
  if (truncates && pads && multiple > 0 && max_length && *max_length % multiple != 0) {
    throw Error(codes::kTokenizerOptions, "max_length is no multiple of pad_to_multiple_of")
        .key("max_length")
        .expected("a multiple of " + std::to_string(multiple))
        .got(std::to_string(*max_length));
  }
}

PaddingSection make_padding(const EncodeOptions& options, const TokenizerSettings& settings,
                            std::optional<int64_t> pad_id, std::optional<int64_t> max_length) {
  if (!pad_id) {
    throw Error(codes::kTokenizerOptions, "padding was asked for, but the tokenizer has no padding token")
        .key("padding")
        .fix("name a pad_token in tokenizer_config.json, or encode without padding");
  }
  PaddingSection padding;
  if (options.padding == Padding::kMaxLength) padding.fixed_length = max_length;
  padding.direction = options.padding_side.value_or(settings.padding_side);
  padding.pad_to_multiple_of = options.pad_to_multiple_of;
  padding.pad_id = *pad_id;
  padding.pad_type_id = settings.pad_token_type_id;
  padding.pad_token = settings.pad_token.value_or("[PAD]");
  return padding;
}

}  // namespace

EncodePlan make_encode_plan(const EncodeOptions& options, const TokenizerSettings& settings,
                            std::optional<int64_t> pad_id, int64_t added) {
  const auto max_length = options.max_length ? options.max_length : settings.model_max_length;
  const bool truncates = options.truncation != Truncation::kNone && max_length;
  const bool pads =
      options.padding == Padding::kLongest || (options.padding == Padding::kMaxLength && max_length);
  // transformers fills max_length in before it checks the multiple, but only where it is needed
  const bool filled_in = truncates || options.padding == Padding::kMaxLength;
  check_options(options, filled_in ? max_length : options.max_length, truncates, pads);

  EncodePlan plan;
  plan.truncation_side = options.truncation_side.value_or(settings.truncation_side);
  if (truncates) {
    plan.truncation = options.truncation;
    plan.room = *max_length - (options.add_special_tokens ? added : 0);
    if (plan.room < 0) {
      throw Error(codes::kTokenizerOptions, "max_length leaves no room for the special tokens")
          .key("max_length")
          .expected("at least " + std::to_string(added))
          .got(std::to_string(*max_length));
    }
  }
  if (pads) plan.padding = make_padding(options, settings, pad_id, max_length);
  return plan;
}

}  // namespace modelhost
