// JSON from a file.
#pragma once

#include <cstddef>
#include <filesystem>

#include "modelhost/base/json.h"

namespace modelhost {

/// The largest JSON file that is read as text (config, tokenizer, index): far above any real one.
inline constexpr std::size_t kMaxJsonBytes = std::size_t{256} << 20;

/// Reads and parses a file. Errors: those of read_text_file and parse_json.
Json read_json_file(const std::filesystem::path& path);

}  // namespace modelhost
