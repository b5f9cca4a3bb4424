// tokenizer.json -> parts. The file is not trusted.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "tokenizer_parts.h"

namespace modelhost {

/// Errors: kTokenizerUnsupported naming a component type and its JSON key; kTokenizerFile naming the key of
/// any other problem; those of parse_json.
TokenizerParts parse_tokenizer_json(std::string_view text, const std::string& file);

/// The same for a file. Errors: also those of read_text_file.
TokenizerParts read_tokenizer_json(const std::filesystem::path& path);

}  // namespace modelhost
