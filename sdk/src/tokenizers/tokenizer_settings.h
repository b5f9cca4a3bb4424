// tokenizer_config.json and special_tokens_map.json: transformers' side of a tokenizer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "added_vocabulary.h"
#include "modelhost/tokenizers/encoding.h"

namespace modelhost {

struct TokenizerSettings {
  std::string tokenizer_class;              ///< "" if not given
  std::optional<int64_t> model_max_length;  ///< unset if absent or transformers' "very large integer"
  Side padding_side = Side::kRight;
  Side truncation_side = Side::kRight;
  int64_t pad_token_type_id = 0;
  std::optional<bool> clean_up_tokenization_spaces;  ///< unset: false, but true for a vocab.txt

  // BertTokenizer's own; unset: not given.
  std::optional<bool> do_lower_case, do_basic_tokenize, tokenize_chinese_chars;
  std::optional<std::optional<bool>> strip_accents;  ///< given, and null or a value

  // unset: not given or null
  std::optional<std::string> unk_token, sep_token, pad_token, cls_token, mask_token, bos_token, eos_token;
  std::vector<AddedToken> added_tokens;    ///< added_tokens_decoder, in the order of its ids
  std::vector<AddedToken> special_tokens;  ///< the named ones and additional_special_tokens
};

/// Reads both files of a model directory; either may be absent. tokenizer_config.json wins.
/// Errors: kTokenizerFile naming the key; those of read_json_file.
TokenizerSettings read_tokenizer_settings(const std::filesystem::path& model_dir);

}  // namespace modelhost
