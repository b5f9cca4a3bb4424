#include "vocabulary.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <random>

#include "modelhost/base/text.h"
#include "modelhost/tokenizers/error_codes.h"

namespace modelhost {
namespace {

uint64_t process_seed() {
  static const uint64_t seed = [] {
    std::random_device device;
    return (uint64_t{device()} << 32 | device()) | 1;
  }();
  return seed;
}

std::string entry_key(const std::string& key, const VocabEntry& entry) {
  return key + "[" + quote(entry.piece) + "]";
}

uint32_t tag_of(uint64_t hash) {
  return static_cast<uint32_t>(hash >> 32);
}

}  // namespace

Vocabulary::Vocabulary(std::vector<VocabEntry> entries, const std::string& file, const std::string& key)
    : entries_(std::move(entries)), seed_(process_seed()) {
  for (const VocabEntry& entry : entries_) {
    if (entry.id < 0 || entry.id > kMaxTokenId) {
      throw Error(codes::kTokenizerFile, "a token id is out of range")
          .file(file)
          .key(entry_key(key, entry))
          .expected("an integer from 0 to " + std::to_string(kMaxTokenId))
          .got(std::to_string(entry.id));
    }
    longest_piece_ = std::max(longest_piece_, entry.piece.size());
  }
  sort_by_id(file, key);
  build_table(file, key);
}

void Vocabulary::sort_by_id(const std::string& file, const std::string& key) {
  by_id_.resize(entries_.size());
  std::iota(by_id_.begin(), by_id_.end(), 0u);
  const auto less = [&](uint32_t a, uint32_t b) { return entries_[a].id < entries_[b].id; };
  if (!std::is_sorted(by_id_.begin(), by_id_.end(), less)) std::sort(by_id_.begin(), by_id_.end(), less);
  for (std::size_t i = 1; i < by_id_.size(); ++i) {
    const VocabEntry &a = entries_[by_id_[i - 1]], &b = entries_[by_id_[i]];
    if (a.id != b.id) continue;
    throw Error(codes::kTokenizerFile, "two pieces have the same id")
        .file(file)
        .key(entry_key(key, b))
        .expected("an id of its own")
        .got(std::to_string(b.id) + ", which is also the id of " + quote(a.piece));
  }
}

void Vocabulary::build_table(const std::string& file, const std::string& key) {
  const std::size_t slots = std::bit_ceil(std::max<std::size_t>(entries_.size() * 2, 2));
  table_.resize(slots);
  shift_ = 64u - static_cast<unsigned>(std::countr_zero(slots));
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::string& piece = entries_[i].piece;
    const uint64_t code = hash(piece, seed_);
    std::size_t slot = slot_of(code);
    for (; table_[slot].entry != 0; slot = (slot + 1) & (slots - 1)) {
      if (table_[slot].tag == tag_of(code) && entries_[table_[slot].entry - 1].piece == piece) {
        throw Error(codes::kTokenizerFile, "a piece stands in the vocabulary twice")
            .file(file)
            .key(entry_key(key, entries_[i]));
      }
    }
    table_[slot] = {tag_of(code), static_cast<uint32_t>(i + 1)};
  }
}

uint64_t Vocabulary::hash(std::string_view text, uint64_t state) {
  for (const char c : text) state = extend_hash(state, c);
  return state;
}

std::optional<int64_t> Vocabulary::find_hashed(uint64_t code, std::string_view prefix,
                                               std::string_view rest) const {
  const std::size_t mask = table_.size() - 1;
  for (std::size_t slot = slot_of(code); table_[slot].entry != 0; slot = (slot + 1) & mask) {
    if (table_[slot].tag != tag_of(code)) continue;
    const VocabEntry& entry = entries_[table_[slot].entry - 1];
    const std::string_view piece = entry.piece;
    if (piece.size() == prefix.size() + rest.size() && piece.starts_with(prefix) && piece.ends_with(rest)) {
      return entry.id;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> Vocabulary::piece(int64_t id) const {
  if (id < 0) return std::nullopt;
  const auto index = static_cast<std::size_t>(id);
  if (index < by_id_.size() && entries_[by_id_[index]].id == id) return entries_[by_id_[index]].piece;
  const auto less = [&](uint32_t entry, int64_t value) { return entries_[entry].id < value; };
  const auto found = std::lower_bound(by_id_.begin(), by_id_.end(), id, less);
  if (found == by_id_.end() || entries_[*found].id != id) return std::nullopt;
  return entries_[*found].piece;
}

}  // namespace modelhost
