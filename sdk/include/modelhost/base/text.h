// Small helpers for names and lists in messages.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace modelhost {

/// The candidate with the smallest edit distance to `name`, or "" if none is near enough to be meant.
std::string nearest_name(std::string_view name, std::span<const std::string> candidates);

std::string join(std::span<const std::string> parts, std::string_view separator);

/// Parts between `separator`, without surrounding blanks; empty parts are dropped.
std::vector<std::string> split_trimmed(std::string_view text, char separator);

/// `printable` text in quotes, cut to at most `limit` bytes with an ellipsis, between characters.
std::string quote(std::string_view text, std::size_t limit = 80);

/// Text that is safe to print: control characters (C0, DEL, C1) as \\x.. escapes, everything else as it is.
std::string printable(std::string_view text);

/// "1.2 MB" and the like (decimal units, as file managers and the hub show them).
std::string human_bytes(uint64_t bytes);

}  // namespace modelhost
