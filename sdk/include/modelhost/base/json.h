// JSON as Python reads and writes it, but strict where leniency hides damage.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace modelhost {

using Json = nlohmann::json;

inline constexpr int kMaxJsonDepth = 64;

/// Parses `text`. `file` is only for messages. A duplicate key is an error (Python and nlohmann keep the last
/// one). Errors: kJsonSyntax with line and column, kJsonDuplicateKey, kJsonTooDeep.
Json parse_json(std::string_view text, const std::string& file);

/// The text of `json.dumps(value, indent=2, sort_keys=True)` in Python, to the byte: non-ASCII is escaped,
/// floats are written as `repr` writes them. No trailing newline.
std::string dump_json_like_python(const Json& value);

/// A short description of a value for messages, e.g. `"abc"`, `12`, `a list`, `an object`.
std::string describe_json(const Json& value);

}  // namespace modelhost
