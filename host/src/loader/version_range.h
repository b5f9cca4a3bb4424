// Ranges of versions, e.g. ">=0.1 <0.2".
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelhost::host {

/// All conditions must hold. A version has one to three numbers; missing ones count as 0.
class VersionRange {
 public:
  /// Nothing when `text` is not a list of conditions such as ">=1.2", "<2", "=1.0.3", separated by blanks.
  static std::optional<VersionRange> parse(std::string_view text);

  /// `version`: "major.minor.patch".
  bool contains(std::string_view version) const;

 private:
  using Version = std::array<unsigned, 3>;
  struct Condition {
    std::string relation;
    Version version;
  };

  static std::optional<Version> parse_version(std::string_view text);

  std::vector<Condition> conditions_;
};

}  // namespace modelhost::host
