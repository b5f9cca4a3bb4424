#include "tokenizer_impl.h"
#include "truncation.h"
#include "utf8.h"

namespace modelhost {

std::optional<int64_t> Tokenizer::Impl::id_of(std::string_view token) const {
  const auto id = added.find(token);
  return id ? id : parts.model->vocabulary().find(token);
}

std::optional<int64_t> Tokenizer::Impl::id_of(const std::optional<std::string>& token) const {
  if (!token) return std::nullopt;
  return id_of(std::string_view(*token));
}

std::optional<std::string_view> Tokenizer::Impl::token_of(int64_t id) const {
  if (const AddedToken* token = added.token(id)) return token->content;
  return parts.model->vocabulary().piece(id);
}

void Tokenizer::Impl::add_token(const TextPart& part, bool with_tokens, Encoding& out) const {
  out.input_ids.push_back(part.id);
  if (with_tokens) out.tokens.emplace_back(part.text);  // with the white space that it took, as HF shows it
}

void Tokenizer::Impl::add_text(std::string_view text, bool with_tokens, Encoding& out) const {
  const WordModel& model = *parts.model;
  const WordSink sink = [&](std::string_view word) {
    std::size_t from = out.input_ids.size();
    model.tokenize(word, out.input_ids);
    if (!with_tokens) return;
    for (; from < out.input_ids.size(); ++from) {
      out.tokens.emplace_back(model.vocabulary().piece(out.input_ids[from]).value_or(""));
    }
  };
  if (parts.pre_tokenizer) {
    parts.pre_tokenizer->split(text, sink);
  } else if (!text.empty()) {
    sink(text);
  }
}

Encoding Tokenizer::Impl::tokenize(std::string_view text, bool with_tokens) const {
  check_utf8(text);
  Encoding out;
  for (const TextPart& raw : added.split_raw(text)) {
    if (raw.id >= 0) {
      add_token(raw, with_tokens, out);
      continue;
    }
    std::string normal(raw.text);
    if (parts.normalizer) parts.normalizer->normalize(normal);
    for (const TextPart& part : added.split_normalized(normal)) {
      if (part.id >= 0) {
        add_token(part, with_tokens, out);
      } else {
        add_text(part.text, with_tokens, out);
      }
    }
  }
  const std::size_t size = out.input_ids.size();
  out.token_type_ids.assign(size, 0);
  out.attention_mask.assign(size, 1);
  out.special_tokens_mask.assign(size, 0);
  return out;
}

EncodePlan Tokenizer::Impl::plan(const EncodeOptions& options, bool pair) const {
  return make_encode_plan(options, settings, id_of(settings.pad_token), specials(pair));
}

Encoding Tokenizer::Impl::encode(std::string_view text, const std::string_view* pair,
                                 const EncodeOptions& options, const EncodePlan& plan) const {
  std::vector<Encoding> sequences;
  sequences.push_back(tokenize(text, options.return_tokens));
  if (pair != nullptr) sequences.push_back(tokenize(*pair, options.return_tokens));
  truncate_pair(sequences[0], pair != nullptr ? &sequences[1] : nullptr, plan.room, plan.truncation,
                plan.truncation_side);
  Encoding whole = post_process(parts.post_processor.get(), std::move(sequences), options.add_special_tokens);
  if (!options.return_tokens) whole.tokens.clear();
  return whole;
}

}  // namespace modelhost
