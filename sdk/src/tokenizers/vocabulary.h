// Pieces <-> ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelhost {

/// One line of a vocabulary as it stands in a file.
struct VocabEntry {
  std::string piece;
  int64_t id = 0;
};

/// Ids lie in [0, kMaxTokenId]: HF stores u32, embeddings are far smaller.
inline constexpr int64_t kMaxTokenId = (int64_t{1} << 31) - 1;

/// An immutable map between pieces and ids. Ids need not be dense; memory depends on the number of pieces
/// only.
///
/// The hash of a string can be extended byte by byte, so that all prefixes of a word are hashed in one pass.
/// It is seeded anew in every process: a file cannot choose pieces that collide.
class Vocabulary {
 public:
  /// `file` and `key` are for messages. Errors: kTokenizerFile for an id that is negative, too large or
  /// taken, and for a piece given twice.
  Vocabulary(std::vector<VocabEntry> entries, const std::string& file, const std::string& key);

  std::size_t size() const { return entries_.size(); }
  std::size_t longest_piece() const { return longest_piece_; }  ///< bytes
  std::optional<int64_t> find(std::string_view piece) const { return find(hash({}, seed_), {}, piece); }
  std::optional<std::string_view> piece(int64_t id) const;
  int64_t max_id() const { return by_id_.empty() ? -1 : entries_[by_id_.back()].id; }

  uint64_t seed() const { return seed_; }
  static uint64_t extend_hash(uint64_t hash, char byte) {
    return (hash ^ static_cast<unsigned char>(byte)) * 0x9E3779B97F4A7C15u;
  }
  static uint64_t hash(std::string_view text, uint64_t state);

  /// The id of `prefix` + `rest`, whose hash from seed() is `hash`.
  std::optional<int64_t> find_hashed(uint64_t hash, std::string_view prefix, std::string_view rest) const;

 private:
  std::optional<int64_t> find(uint64_t state, std::string_view prefix, std::string_view rest) const {
    return find_hashed(hash(rest, state), prefix, rest);
  }
  void sort_by_id(const std::string& file, const std::string& key);
  void build_table(const std::string& file, const std::string& key);
  std::size_t slot_of(uint64_t hash) const { return (hash ^ hash >> 32) * 0xD6E8FEB86659FD93u >> shift_; }

  struct Slot {
    uint32_t tag = 0;    ///< upper bits of the hash
    uint32_t entry = 0;  ///< index + 1; 0: free
  };

  std::vector<VocabEntry> entries_;
  std::vector<uint32_t> by_id_;
  std::vector<Slot> table_;
  uint64_t seed_;
  unsigned shift_ = 63;
  std::size_t longest_piece_ = 0;
};

}  // namespace modelhost
