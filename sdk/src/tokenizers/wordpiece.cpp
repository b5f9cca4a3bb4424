#include "wordpiece.h"

#include <algorithm>
#include <array>

#include "modelhost/base/text.h"
#include "modelhost/tokenizers/error_codes.h"
#include "utf8.h"

namespace modelhost {

WordPiece::WordPiece(Vocabulary vocabulary, WordPieceOptions options, const std::string& file,
                     const std::string& key)
    : vocabulary_(std::move(vocabulary)), options_(std::move(options)) {
  if (options_.max_input_chars_per_word < 0) {
    throw Error(codes::kTokenizerFile, "the longest word has a negative length")
        .file(file)
        .key(key + ".max_input_chars_per_word")
        .expected("0 or more")
        .got(std::to_string(options_.max_input_chars_per_word));
  }
  const auto unk = vocabulary_.find(options_.unk_token);
  if (!unk) {
    throw Error(codes::kTokenizerFile, "the unknown token is not in the vocabulary")
        .file(file)
        .key(key + ".unk_token")
        .got(quote(options_.unk_token))
        .fix("add it to the vocabulary: every word that cannot be split becomes this token");
  }
  unk_id_ = *unk;
  continuing_state_ = Vocabulary::hash(options_.continuing_subword_prefix, vocabulary_.seed());
}

bool WordPiece::is_too_long(std::string_view word) const {
  const auto limit = static_cast<std::size_t>(options_.max_input_chars_per_word);
  if (word.size() <= limit) return false;    // bytes are no fewer than characters
  if (word.size() / 4 > limit) return true;  // and no more than four times as many
  return count_code_points(word) > limit;
}

void WordPiece::tokenize(std::string_view word, std::vector<int64_t>& ids) const {
  if (is_too_long(word)) return ids.push_back(unk_id_);
  std::array<uint64_t, 256> small;
  std::vector<uint64_t> large;
  uint64_t* hashes = small.data();
  const std::size_t needed = std::min(word.size(), vocabulary_.longest_piece());
  if (needed > small.size()) large.resize(needed), hashes = large.data();

  const std::size_t before = ids.size();
  for (std::size_t start = 0; start < word.size();) {
    const Match match = longest_match(word.substr(start), start > 0, hashes);
    if (match.size == 0) {
      ids.resize(before);
      return ids.push_back(unk_id_);
    }
    ids.push_back(match.id);
    start += match.size;
  }
}

WordPiece::Match WordPiece::longest_match(std::string_view rest, bool continuing, uint64_t* hashes) const {
  const std::string_view prefix = continuing ? std::string_view(options_.continuing_subword_prefix) : "";
  if (prefix.size() >= vocabulary_.longest_piece()) return {0, 0};
  const std::size_t longest = std::min(rest.size(), vocabulary_.longest_piece() - prefix.size());
  uint64_t state = continuing ? continuing_state_ : vocabulary_.seed();
  for (std::size_t i = 0; i < longest; ++i) hashes[i] = state = Vocabulary::extend_hash(state, rest[i]);
  for (std::size_t size = longest; size > 0; --size) {
    if (size < rest.size() && !starts_code_point(rest[size])) continue;
    if (const auto id = vocabulary_.find_hashed(hashes[size - 1], prefix, rest.substr(0, size)))
      return {*id, size};
  }
  return {0, 0};
}

}  // namespace modelhost
