// YAML text as a tree in which every value knows where it was written. The subset that settings need: one
// document, no anchors, aliases or tags.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modelhost/host/error_codes.h"

namespace modelhost::host {

/// Which codes a reader of one format reports, so that a manifest's errors differ from a run config's.
struct YamlCodes {
  ErrorCode syntax, missing_key, unknown_key, value;
};
inline constexpr YamlCodes kManifestYaml{codes::kManifestSyntax, codes::kManifestMissingKey,
                                         codes::kManifestUnknownKey, codes::kManifestValue};
inline constexpr YamlCodes kSettingsYaml{codes::kYamlSyntax, codes::kYamlMissingKey, codes::kYamlUnknownKey,
                                         codes::kYamlValue};

/// Far above any real file, low enough that the worst file costs well under a second.
inline constexpr std::size_t kMaxYamlBytes = std::size_t{1} << 20;
inline constexpr std::size_t kMaxYamlDepth = 16;
inline constexpr std::size_t kMaxYamlNodes = 20'000;

struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  bool quoted = false;          ///< a scalar in quotes or a block scalar: always text
  std::string text;             ///< of a scalar
  std::vector<YamlNode> items;  ///< of a list
  std::vector<std::pair<std::string, YamlNode>> entries;  ///< of a map, in file order
  std::shared_ptr<const std::string> source;              ///< file name, for messages
  int line = 0, column = 0;                               ///< from 1; 0 means unknown
  int key_line = 0, key_column = 0;                       ///< where the key of this value stands

  YamlNode* find(std::string_view key);
  const YamlNode* find(std::string_view key) const;
};

/// Parses `text`; `source` is for messages. An empty document is a null node.
/// Errors: codes.syntax, with line and column, for malformed YAML, duplicate keys, anchors, aliases, tags, a
/// second document, bytes that are not UTF-8, control characters and whatever exceeds the limits above.
YamlNode parse_yaml(std::string_view text, const std::string& source, const YamlCodes& codes);

/// Reads and parses a file. Errors: those of parse_yaml, kFileUnreadable, kNotRegularFile.
YamlNode parse_yaml_file(const std::filesystem::path& file, const YamlCodes& codes);

}  // namespace modelhost::host
