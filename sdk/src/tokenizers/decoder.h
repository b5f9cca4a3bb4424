// The way back: tokens -> text.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace modelhost {

class Decoder {
 public:
  virtual ~Decoder() = default;
  virtual std::string decode(const std::vector<std::string>& tokens) const = 0;
};

using DecoderPtr = std::shared_ptr<const Decoder>;

/// tokenizers.decoders.WordPiece: joins continuing pieces, separates the others by a space, and with
/// `cleanup` removes the space before punctuation and English contractions (token by token, as HF does).
class WordPieceDecoder final : public Decoder {
 public:
  WordPieceDecoder(std::string prefix, bool cleanup) : prefix_(std::move(prefix)), cleanup_(cleanup) {}
  std::string decode(const std::vector<std::string>& tokens) const override;

 private:
  std::string prefix_;
  bool cleanup_;
};

/// transformers' `clean_up_tokenization`, applied to a whole text.
std::string clean_up_tokenization(std::string text);

}  // namespace modelhost
