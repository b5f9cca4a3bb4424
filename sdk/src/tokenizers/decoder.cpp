#include "decoder.h"

#include <array>
#include <string_view>
#include <utility>

namespace modelhost {
namespace {

using Replacement = std::pair<std::string_view, std::string_view>;

void replace_all(std::string& text, const Replacement& replacement) {
  const auto& [from, to] = replacement;
  std::size_t at = text.find(from);
  if (at == std::string::npos) return;
  std::string out;
  std::size_t done = 0;
  for (; at != std::string::npos; at = text.find(from, done)) {
    out.append(text, done, at - done).append(to);
    done = at + from.size();
  }
  text = out.append(text, done);
}

constexpr std::array kPunctuation{
    Replacement{" .", "."},  Replacement{" ?", "?"},     Replacement{" !", "!"},  Replacement{" ,", ","},
    Replacement{" ' ", "'"}, Replacement{" n't", "n't"}, Replacement{" 'm", "'m"}};
constexpr Replacement kDoNot{" do not", " don't"};  // only tokenizers has this one, transformers has not
constexpr std::array kContractions{Replacement{" 's", "'s"}, Replacement{" 've", "'ve"},
                                   Replacement{" 're", "'re"}};

void clean_up_token(std::string& token) {
  if (token.find(' ') == std::string::npos) return;
  for (const auto& replacement : kPunctuation) replace_all(token, replacement);
  replace_all(token, kDoNot);
  for (const auto& replacement : kContractions) replace_all(token, replacement);
}

}  // namespace

std::string WordPieceDecoder::decode(const std::vector<std::string>& tokens) const {
  std::string text;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    std::string token = tokens[i];
    if (i > 0) {
      if (token.starts_with(prefix_)) {
        token.erase(0, prefix_.size());
      } else {
        token.insert(0, 1, ' ');
      }
    }
    if (cleanup_) clean_up_token(token);
    text += token;
  }
  return text;
}

std::string clean_up_tokenization(std::string text) {
  for (const auto& replacement : kPunctuation) replace_all(text, replacement);
  for (const auto& replacement : kContractions) replace_all(text, replacement);
  return text;
}

}  // namespace modelhost
