#include "loader/version_range.h"

#include <charconv>

#include "modelhost/base/text.h"

namespace modelhost::host {

std::optional<VersionRange::Version> VersionRange::parse_version(std::string_view text) {
  Version version{};
  for (std::size_t i = 0; i < version.size(); ++i) {
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), version[i]);
    if (problem != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return version;
    if (text.front() != '.') return std::nullopt;
    text.remove_prefix(1);
  }
  return std::nullopt;
}

std::optional<VersionRange> VersionRange::parse(std::string_view text) {
  VersionRange range;
  for (const std::string& part : split_trimmed(text, ' ')) {
    const auto digits = part.find_first_of("0123456789");
    const std::string relation = part.substr(0, digits);
    const bool known = relation == ">=" || relation == ">" || relation == "<=" || relation == "<" || relation == "=";
    if (digits == std::string::npos || !known) return std::nullopt;
    const auto version = parse_version(std::string_view(part).substr(digits));
    if (!version) return std::nullopt;
    range.conditions_.push_back({relation, *version});
  }
  if (range.conditions_.empty()) return std::nullopt;
  return range;
}

bool VersionRange::contains(std::string_view version) const {
  const auto wanted = parse_version(version);
  if (!wanted) return false;
  for (const auto& [relation, bound] : conditions_) {
    const auto order = *wanted <=> bound;
    const bool holds = relation == ">="  ? order >= 0
                       : relation == ">" ? order > 0
                       : relation == "<=" ? order <= 0
                       : relation == "<"  ? order < 0
                                          : order == 0;
    if (!holds) return false;
  }
  return true;
}

}  // namespace modelhost::host
