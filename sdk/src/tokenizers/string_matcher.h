// Finds the longest of a set of strings at each place of a text.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace modelhost {

/// A trie of bytes. Matching costs at most text length times longest pattern; text without a first byte of
/// any pattern costs one look at a table a byte.
class StringMatcher {
 public:
  struct Match {
    std::size_t start, end;
    int64_t value;
  };

  StringMatcher();
  void add(std::string_view pattern, int64_t value);  ///< not empty; a later value replaces an earlier one
  /// The leftmost match at or behind `from`, and of those that start there the longest.
  std::optional<Match> find(std::string_view text, std::size_t from) const;

 private:
  struct Edge {
    unsigned char byte;
    uint32_t node;
  };
  struct Node {
    std::vector<Edge> edges;
    int64_t value = -1;
  };
  uint32_t child(uint32_t node, unsigned char byte) const;

  std::vector<Node> nodes_;
  std::array<uint32_t, 256> roots_{};  ///< children of the root; 0: none
};

}  // namespace modelhost
