#include "string_matcher.h"

namespace modelhost {

StringMatcher::StringMatcher() : nodes_(1) {}

uint32_t StringMatcher::child(uint32_t node, unsigned char byte) const {
  if (node == 0) return roots_[byte];
  for (const Edge& edge : nodes_[node].edges) {
    if (edge.byte == byte) return edge.node;
  }
  return 0;
}

void StringMatcher::add(std::string_view pattern, int64_t value) {
  uint32_t node = 0;
  for (const char c : pattern) {
    const auto byte = static_cast<unsigned char>(c);
    uint32_t next = child(node, byte);
    if (next == 0) {
      next = static_cast<uint32_t>(nodes_.size());
      nodes_.emplace_back();
      if (node == 0) {
        roots_[byte] = next;
      } else {
        nodes_[node].edges.push_back({byte, next});
      }
    }
    node = next;
  }
  nodes_[node].value = value;
}

std::optional<StringMatcher::Match> StringMatcher::find(std::string_view text, std::size_t from) const {
  for (std::size_t start = from; start < text.size(); ++start) {
    std::optional<Match> longest;
    uint32_t node = roots_[static_cast<unsigned char>(text[start])];
    for (std::size_t at = start + 1; node != 0; ++at) {
      if (nodes_[node].value >= 0) longest = Match{start, at, nodes_[node].value};
      if (at >= text.size()) break;
      node = child(node, static_cast<unsigned char>(text[at]));
    }
    if (longest) return longest;
  }
  return std::nullopt;
}

}  // namespace modelhost
