// Where text from outside stops being UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace modelhost {

/// The offset of the first byte that no UTF-8 text has there (overlong forms, surrogates and values above
/// U+10FFFF count as bad), `text.size()` where the text ends inside a character, and npos where all is well.
std::size_t find_bad_utf8(std::string_view text);

/// The offset of the first byte from `start` on that is not ASCII, or the end.
std::size_t end_of_ascii(std::string_view text, std::size_t start);

}  // namespace modelhost
