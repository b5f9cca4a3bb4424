// vocab.txt, one piece a line -> the parts of a BertTokenizer.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "tokenizer_parts.h"
#include "tokenizer_settings.h"

namespace modelhost {

/// Line numbers are ids. Line ends (also \r\n) are cut off; a piece given twice has the id of its last line,
/// as in transformers. Errors: kTokenizerFile for text that is not UTF-8.
std::vector<VocabEntry> parse_vocab_txt(std::string_view text, const std::string& file);

/// The parts that transformers' BertConverter makes of a slow BertTokenizer with these settings.
/// Errors: kTokenizerFile for a special token that the vocabulary lacks.
TokenizerParts read_vocab_txt(const std::filesystem::path& path, const TokenizerSettings& settings);

}  // namespace modelhost
