#include "post_processor.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace modelhost {
namespace {

template <typename T>
void append(std::vector<T>& to, std::vector<T>&& from) {
  if (to.empty()) {
    to = std::move(from);
  } else {
    std::ranges::move(from, std::back_inserter(to));
  }
}

void set_type(Encoding& encoding, int64_t type_id) {
  std::fill(encoding.token_type_ids.begin(), encoding.token_type_ids.end(), type_id);
}

}  // namespace

void append_encoding(Encoding& to, Encoding&& from) {
  append(to.input_ids, std::move(from.input_ids));
  append(to.token_type_ids, std::move(from.token_type_ids));
  append(to.attention_mask, std::move(from.attention_mask));
  append(to.special_tokens_mask, std::move(from.special_tokens_mask));
  append(to.tokens, std::move(from.tokens));
}

void append_special(Encoding& to, const SpecialToken& special, int64_t type_id) {
  const std::size_t count = special.ids.size();
  to.input_ids.insert(to.input_ids.end(), special.ids.begin(), special.ids.end());
  to.token_type_ids.insert(to.token_type_ids.end(), count, type_id);
  to.attention_mask.insert(to.attention_mask.end(), count, 1);
  to.special_tokens_mask.insert(to.special_tokens_mask.end(), count, 1);
  to.tokens.insert(to.tokens.end(), special.tokens.begin(), special.tokens.end());
}

int64_t TemplateProcessing::added_tokens(bool pair) const {
  int64_t count = 0;
  for (const TemplatePiece& piece : pair ? pair_ : single_) {
    if (piece.sequence < 0) count += static_cast<int64_t>(piece.special.ids.size());
  }
  return count;
}

std::vector<Encoding> TemplateProcessing::process(std::vector<Encoding> parts,
                                                  bool add_special_tokens) const {
  std::vector<Encoding> out;
  const auto& pieces = parts.size() > 1 ? pair_ : single_;
  for (auto piece_at = pieces.begin(); piece_at != pieces.end(); ++piece_at) {
    const TemplatePiece& piece = *piece_at;
    if (piece.sequence >= 0) {
      Encoding& source = parts.at(static_cast<std::size_t>(piece.sequence));
      const bool again = std::any_of(piece_at + 1, pieces.end(), [&](const TemplatePiece& later) {
        return later.sequence == piece.sequence;
      });
      set_type(out.emplace_back(again ? Encoding(source) : std::move(source)), piece.type_id);
    } else if (add_special_tokens) {
      append_special(out.emplace_back(), piece.special, piece.type_id);
    }
  }
  return out;
}

std::vector<Encoding> BertProcessing::process(std::vector<Encoding> parts, bool add_special_tokens) const {
  if (!add_special_tokens) return parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Encoding framed;
    if (i == 0) append_special(framed, cls_, 0);
    append_encoding(framed, std::move(parts[i]));
    append_special(framed, sep_, i == 0 ? 0 : 1);
    // HF rebuilds the mask here: an earlier processor's special tokens are no longer marked.
    std::fill(framed.special_tokens_mask.begin() + (i == 0 ? 1 : 0), framed.special_tokens_mask.end() - 1, 0);
    parts[i] = std::move(framed);
  }
  return parts;
}

int64_t PostProcessorSequence::added_tokens(bool pair) const {
  int64_t count = 0;
  for (const PostProcessorPtr& part : parts_) count += part->added_tokens(pair);
  return count;
}

std::vector<Encoding> PostProcessorSequence::process(std::vector<Encoding> parts,
                                                     bool add_special_tokens) const {
  for (const PostProcessorPtr& part : parts_) parts = part->process(std::move(parts), add_special_tokens);
  return parts;
}

Encoding post_process(const PostProcessor* processor, std::vector<Encoding> parts, bool add_special_tokens) {
  for (std::size_t i = 0; i < parts.size(); ++i) set_type(parts[i], static_cast<int64_t>(i));
  if (processor != nullptr) parts = processor->process(std::move(parts), add_special_tokens);
  Encoding whole;
  for (Encoding& part : parts) append_encoding(whole, std::move(part));
  return whole;
}

}  // namespace modelhost
