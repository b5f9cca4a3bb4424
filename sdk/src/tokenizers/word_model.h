// Third stage: one word -> ids. WordPiece today; BPE and Unigram have the same face.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "vocabulary.h"

namespace modelhost {

class WordModel {
 public:
  virtual ~WordModel() = default;
  /// Appends the ids of `word`, which is checked UTF-8 and not empty. May run concurrently.
  virtual void tokenize(std::string_view word, std::vector<int64_t>& ids) const = 0;
  virtual const Vocabulary& vocabulary() const = 0;
};

using WordModelPtr = std::shared_ptr<const WordModel>;

}  // namespace modelhost
