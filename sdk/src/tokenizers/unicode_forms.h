// Unicode normalization forms as of Unicode 9, the version that HF tokenizers' Rust crate carries.
#pragma once

#include <string>
#include <string_view>

namespace modelhost {

enum class UnicodeForm { kNfc, kNfd, kNfkc, kNfkd };

/// `text` in the given form. Code points newer than Unicode 9 stay as they are and count as starters.
/// Takes O(n log n) at worst, also for endless runs of combining marks (ICU's own reordering is quadratic
/// there).
std::u32string to_unicode_form(std::u32string_view text, UnicodeForm form);

}  // namespace modelhost
