// What HF tokenizers means by white space, punctuation, control … : its Rust crates carry Unicode tables of
// different ages, and ids depend on them, so each question here names the Unicode version that it answers
// for.
#pragma once

#include <string>

namespace modelhost {

/// Rust's `char::is_whitespace`: the White_Space property (stable since Unicode 6.3).
bool is_whitespace(char32_t c);

/// BertNormalizer's `is_control`: Cc, Cf or Co as of Unicode 8, but not tab, line feed or carriage return.
/// Unassigned code points do not count.
bool is_control(char32_t c);

/// BERT's punctuation: ASCII punctuation, symbols included, and categories P* as of Unicode 8.
bool is_punctuation(char32_t c);

/// The CJK ideograph blocks that BertNormalizer puts spaces around (HF's ranges; extension E starts at
/// U+2B920).
bool is_chinese_char(char32_t c);

/// Category Mn as of Unicode 8: what BertNormalizer's strip_accents removes.
bool is_nonspacing_mark(char32_t c);

/// Categories M* as of Unicode 9: what the StripAccents normalizer removes.
bool is_combining_mark(char32_t c);

/// `\w` of Rust's regex crate: Alphabetic, M*, Nd, Pc, Join_Control as of Unicode 16.
bool is_word_char(char32_t c);

/// Rust's `char::is_numeric`: Nd, Nl, No as of Unicode 17.
bool is_numeric(char32_t c);

/// Rust's `char::to_lowercase` (Unicode 17): the full mapping of one code point without its context, so that
/// U+0130 gives two code points and a final sigma stays an ordinary one. Appends to `out`.
void append_lowercase(char32_t c, std::u32string& out);

}  // namespace modelhost
