// tokenizer.json as a document, with its vocabulary taken out: that one object is nearly all of the file, and
// a generic JSON tree of it costs several times as much as everything else here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "modelhost/base/json.h"
#include "vocabulary.h"

namespace modelhost {

struct TokenizerDocument {
  Json root;                      ///< without model.vocab if that is an object
  std::vector<VocabEntry> vocab;  ///< in the order of the file
  bool has_vocab = false;         ///< was model.vocab an object?
};

/// Errors: those of parse_json; kTokenizerFile for a vocabulary entry whose value is no integer.
TokenizerDocument parse_tokenizer_document(std::string_view text, const std::string& file);

}  // namespace modelhost
