#include "modelhost/tokenizers/tokenizer.h"

#include <algorithm>

#include "modelhost/tokenizers/error_codes.h"
#include "padding.h"
#include "tokenizer_impl.h"
#include "tokenizer_json.h"
#include "vocab_txt.h"

namespace modelhost {
namespace {

// BertTokenizerFast writes the settings of tokenizer_config.json over the normalizer of tokenizer.json.
void apply_bert_settings(const TokenizerSettings& settings, TokenizerParts& parts) {
  const auto* bert = dynamic_cast<const BertNormalizer*>(parts.normalizer.get());
  if (bert == nullptr || settings.tokenizer_class == "PreTrainedTokenizerFast") return;
  BertNormalizerOptions options = bert->options();
  options.lowercase = settings.do_lower_case.value_or(options.lowercase);
  options.handle_chinese_chars = settings.tokenize_chinese_chars.value_or(options.handle_chinese_chars);
  if (settings.strip_accents) options.strip_accents = *settings.strip_accents;
  parts.normalizer = std::make_shared<BertNormalizer>(options);
}

// BertTokenizer's names, for what the files do not name, as far as the vocabulary has them.
void default_special_tokens(const Vocabulary& vocabulary, TokenizerSettings& settings) {
  const auto set = [&](std::optional<std::string>& token, const char* name) {
    if (!token && vocabulary.find(name)) token = name;
  };
  set(settings.unk_token, "[UNK]");
  set(settings.sep_token, "[SEP]");
  set(settings.pad_token, "[PAD]");
  set(settings.cls_token, "[CLS]");
  set(settings.mask_token, "[MASK]");
}

// A model directory's special tokens are found in texts too, whether or not its tokenizer.json lists them.
void add_named_tokens(TokenizerSettings& settings) {
  for (const auto& name : {settings.unk_token, settings.sep_token, settings.pad_token, settings.cls_token,
                           settings.mask_token}) {
    if (name) settings.special_tokens.push_back({.content = *name, .normalized = false, .special = true});
  }
}

// What PreTrainedTokenizerFast.__init__ adds to a tokenizer.json: added_tokens_decoder, then special tokens
// that are still missing.
std::vector<AddedToken> all_added_tokens(const TokenizerParts& parts, const TokenizerSettings& settings) {
  std::vector<AddedToken> tokens = parts.added_tokens;
  tokens.insert(tokens.end(), settings.added_tokens.begin(), settings.added_tokens.end());
  const auto add_missing = [&](const AddedToken& token) {
    const auto same = [&](const AddedToken& other) { return other.content == token.content; };
    if (std::none_of(tokens.begin(), tokens.end(), same)) tokens.push_back(token);
  };
  for (const AddedToken& token : settings.special_tokens) add_missing(token);
  return tokens;
}

std::vector<Encoding> padded(std::vector<Encoding> batch, const EncodePlan& plan, bool with_tokens) {
  if (plan.padding && !batch.empty()) pad_batch(batch, *plan.padding, with_tokens);
  return batch;
}

}  // namespace

Tokenizer Tokenizer::from_pretrained(const std::filesystem::path& model_dir) {
  TokenizerSettings settings = read_tokenizer_settings(model_dir);
  TokenizerParts parts;
  if (std::filesystem::exists(model_dir / "tokenizer.json")) {
    parts = read_tokenizer_json(model_dir / "tokenizer.json");
    apply_bert_settings(settings, parts);
  } else if (std::filesystem::exists(model_dir / "vocab.txt")) {
    parts = read_vocab_txt(model_dir / "vocab.txt", settings);
    // the default of the slow BertTokenizer, which transformers converts in this case
    settings.clean_up_tokenization_spaces = settings.clean_up_tokenization_spaces.value_or(true);
  } else {
    throw Error(codes::kTokenizerMissing, "the directory has no tokenizer files")
        .file(model_dir.string())
        .expected("tokenizer.json or vocab.txt")
        .fix("copy the tokenizer files of the model into this directory");
  }
  default_special_tokens(parts.model->vocabulary(), settings);
  add_named_tokens(settings);
  return Tokenizer(std::move(parts), settings);
}

Tokenizer Tokenizer::from_file(const std::filesystem::path& tokenizer_json) {
  TokenizerParts parts = read_tokenizer_json(tokenizer_json);
  TokenizerSettings settings;
  default_special_tokens(parts.model->vocabulary(), settings);
  return Tokenizer(std::move(parts), settings);
}

Tokenizer::Tokenizer(TokenizerParts parts, const TokenizerSettings& settings) {
  auto impl = std::make_shared<Impl>();
  impl->added.add(all_added_tokens(parts, settings), parts.model->vocabulary(), parts.normalizer.get(),
                  parts.file);
  impl->parts = std::move(parts);
  impl->settings = settings;
  impl_ = std::move(impl);
}

Encoding Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  const EncodePlan plan = impl_->plan(options, false);
  std::vector<Encoding> one;
  one.push_back(impl_->encode(text, nullptr, options, plan));
  return std::move(padded(std::move(one), plan, options.return_tokens)[0]);
}

Encoding Tokenizer::encode_pair(std::string_view text, std::string_view pair,
                                const EncodeOptions& options) const {
  const EncodePlan plan = impl_->plan(options, true);
  std::vector<Encoding> one;
  one.push_back(impl_->encode(text, &pair, options, plan));
  return std::move(padded(std::move(one), plan, options.return_tokens)[0]);
}

std::vector<Encoding> Tokenizer::encode_batch(std::span<const std::string> texts,
                                              const EncodeOptions& options) const {
  const EncodePlan plan = impl_->plan(options, false);
  std::vector<Encoding> batch;
  batch.reserve(texts.size());
  for (const std::string& text : texts) batch.push_back(impl_->encode(text, nullptr, options, plan));
  return padded(std::move(batch), plan, options.return_tokens);
}

std::vector<Encoding> Tokenizer::encode_batch(std::span<const Pair> pairs,
                                              const EncodeOptions& options) const {
  const EncodePlan plan = impl_->plan(options, true);
  std::vector<Encoding> batch;
  batch.reserve(pairs.size());
  for (const auto& [text, second] : pairs) {
    const std::string_view pair = second;
    batch.push_back(impl_->encode(text, &pair, options, plan));
  }
  return padded(std::move(batch), plan, options.return_tokens);
}

std::string Tokenizer::decode(std::span<const int64_t> ids, bool skip_special_tokens) const {
  std::vector<std::string> tokens;
  for (const int64_t id : ids) {
    const auto token = impl_->token_of(id);
    if (token && !(skip_special_tokens && impl_->added.is_special(*token))) tokens.emplace_back(*token);
  }
  std::string text;
  if (impl_->parts.decoder) {
    text = impl_->parts.decoder->decode(tokens);
  } else {
    for (const std::string& token : tokens) text.append(&token == &tokens[0] ? "" : " ").append(token);
  }
  return impl_->settings.clean_up_tokenization_spaces.value_or(false) ? clean_up_tokenization(std::move(text))
                                                                      : text;
}

int64_t Tokenizer::vocab_size(bool with_added) const {
  const Vocabulary& vocabulary = impl_->parts.model->vocabulary();
  auto size = static_cast<int64_t>(vocabulary.size());
  if (!with_added) return size;
  for (const auto& [id, token] : impl_->added.tokens()) size += vocabulary.find(token.content) ? 0 : 1;
  return size;
}

std::optional<int64_t> Tokenizer::token_to_id(std::string_view token) const {
  return impl_->id_of(token);
}

std::optional<std::string> Tokenizer::id_to_token(int64_t id) const {
  const auto token = impl_->token_of(id);
  if (!token) return std::nullopt;
  return std::string(*token);
}

std::optional<int64_t> Tokenizer::unk_token_id() const {
  return impl_->id_of(impl_->settings.unk_token);
}
std::optional<int64_t> Tokenizer::sep_token_id() const {
  return impl_->id_of(impl_->settings.sep_token);
}
std::optional<int64_t> Tokenizer::pad_token_id() const {
  return impl_->id_of(impl_->settings.pad_token);
}
std::optional<int64_t> Tokenizer::cls_token_id() const {
  return impl_->id_of(impl_->settings.cls_token);
}
std::optional<int64_t> Tokenizer::mask_token_id() const {
  return impl_->id_of(impl_->settings.mask_token);
}

std::optional<int64_t> Tokenizer::model_max_length() const {
  return impl_->settings.model_max_length;
}
Side Tokenizer::padding_side() const {
  return impl_->settings.padding_side;
}
Side Tokenizer::truncation_side() const {
  return impl_->settings.truncation_side;
}
int64_t Tokenizer::num_special_tokens_to_add(bool pair) const {
  return impl_->specials(pair);
}

const std::optional<TruncationSection>& Tokenizer::truncation_section() const {
  return impl_->parts.truncation;
}
const std::optional<PaddingSection>& Tokenizer::padding_section() const {
  return impl_->parts.padding;
}

}  // namespace modelhost
