// Names from pickles: Python may write any bytes for a text.
#pragma once

#include <string_view>

namespace modelhost {

/// Whether `text` is UTF-8 without surrogates and overlong forms.
bool is_valid_utf8(std::string_view text);

}  // namespace modelhost
