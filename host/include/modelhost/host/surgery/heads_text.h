// Heads as a person writes them: {"0": [1, 2], "3": [0]}.
#pragma once

#include <string>

#include "modelhost/model/surgery.h"

namespace modelhost::host {

/// `argument` is a JSON object of layers, each with a list of heads, or @FILE, a file with one. Errors: those
/// of parse_json, kJsonType, kFileUnreadable, kFileTooLarge.
HeadsToPrune parse_heads(const std::string& argument);

/// The text that parse_heads reads, in one line.
std::string heads_text(const HeadsToPrune& heads);

}  // namespace modelhost::host
