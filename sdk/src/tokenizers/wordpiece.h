// WordPiece: the longest piece first, from left to right.
#pragma once

#include <string>

#include "word_model.h"

namespace modelhost {

struct WordPieceOptions {
  std::string unk_token = "[UNK]";
  std::string continuing_subword_prefix = "##";
  int64_t max_input_chars_per_word = 100;  ///< code points; a longer word is unknown as a whole
};

/// tokenizers.models.WordPiece. A word costs at most its length times the longest piece.
class WordPiece final : public WordModel {
 public:
  /// `file` and `key` (of the model in that file) are for messages.
  /// Errors: kTokenizerFile when the unknown token is not in the vocabulary or the maximum is negative.
  WordPiece(Vocabulary vocabulary, WordPieceOptions options, const std::string& file, const std::string& key);

  void tokenize(std::string_view word, std::vector<int64_t>& ids) const override;
  const Vocabulary& vocabulary() const override { return vocabulary_; }
  const WordPieceOptions& options() const { return options_; }
  int64_t unk_id() const { return unk_id_; }

 private:
  bool is_too_long(std::string_view word) const;
  struct Match {
    int64_t id;
    std::size_t size;  ///< bytes; 0: none
  };
  Match longest_match(std::string_view rest, bool continuing, uint64_t* hashes) const;

  Vocabulary vocabulary_;
  WordPieceOptions options_;
  int64_t unk_id_ = 0;
  uint64_t continuing_state_;  ///< hash state after the continuing prefix
};

}  // namespace modelhost
