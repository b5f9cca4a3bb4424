// Text <-> ids for BERT-like models: transformers' fast tokenizer without Python.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modelhost/tokenizers/encode_options.h"
#include "modelhost/tokenizers/encoding.h"

namespace modelhost {

/// Throws kTokenizerUtf8, naming the byte offset and the bad byte, unless `text` is UTF-8 as Rust's `str` has
/// it: no overlong forms, no surrogates, nothing above U+10FFFF. Encoding does this itself.
void check_utf8(std::string_view text);

struct TokenizerParts;
struct TokenizerSettings;

/// An immutable tokenizer; copies share everything. All methods may be called from several threads at once.
///
/// Encoding methods throw kTokenizerUtf8 (byte offset) for text that is not UTF-8 and kTokenizerOptions for
/// options that contradict each other or the tokenizer.
class Tokenizer {
 public:
  using Pair = std::pair<std::string, std::string>;

  /// tokenizer.json if there is one, else vocab.txt; with tokenizer_config.json and special_tokens_map.json.
  /// What tokenizer_config.json says of lower case, accents and Chinese characters wins over tokenizer.json,
  /// as in BertTokenizerFast; what it does not say is left alone (transformers would force its defaults).
  /// Errors: kTokenizerMissing, kTokenizerUnsupported, kTokenizerFile, those of read_json_file.
  static Tokenizer from_pretrained(const std::filesystem::path& model_dir);

  /// A single tokenizer.json, as `PreTrainedTokenizerFast(tokenizer_file=...)`.
  static Tokenizer from_file(const std::filesystem::path& tokenizer_json);

  Tokenizer(TokenizerParts parts, const TokenizerSettings& settings);

  Encoding encode(std::string_view text, const EncodeOptions& options = {}) const;
  Encoding encode_pair(std::string_view text, std::string_view pair, const EncodeOptions& options = {}) const;
  std::vector<Encoding> encode_batch(std::span<const std::string> texts,
                                     const EncodeOptions& options = {}) const;
  std::vector<Encoding> encode_batch(std::span<const Pair> pairs, const EncodeOptions& options = {}) const;

  /// Unknown ids are passed over, as in tokenizers.
  std::string decode(std::span<const int64_t> ids, bool skip_special_tokens = false) const;

  int64_t vocab_size(bool with_added = true) const;
  std::optional<int64_t> token_to_id(std::string_view token) const;
  std::optional<std::string> id_to_token(int64_t id) const;

  // Unset where the tokenizer has no such token.
  std::optional<int64_t> unk_token_id() const;
  std::optional<int64_t> sep_token_id() const;
  std::optional<int64_t> pad_token_id() const;
  std::optional<int64_t> cls_token_id() const;
  std::optional<int64_t> mask_token_id() const;

  std::optional<int64_t> model_max_length() const;  ///< unset: no limit known
  Side padding_side() const;
  Side truncation_side() const;
  int64_t num_special_tokens_to_add(bool pair = false) const;

  /// The sections of tokenizer.json. Information only: encode() does not follow them.
  const std::optional<TruncationSection>& truncation_section() const;
  const std::optional<PaddingSection>& padding_section() const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace modelhost
