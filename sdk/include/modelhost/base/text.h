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

/// Text that is safe to show in a message: control bytes escaped, cut to `limit` bytes with an ellipsis.
std::string quote(std::string_view text, std::size_t limit = 80);

/// "1.2 MB" and the like (decimal units, as file managers and the hub show them).
std::string human_bytes(uint64_t bytes);

}  // namespace modelhost
