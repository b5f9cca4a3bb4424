// Strict reading of a YAML tree: every value must be expected, every error says where it stands.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modelhost/host/yaml/yaml_tree.h"

namespace modelhost::host {

class YamlMap;

/// One value with the way to it. A view: the tree must outlive it.
class YamlValue {
 public:
  YamlValue(const YamlNode& node, std::string path, const YamlCodes& codes)
      : node_(&node), path_(std::move(path)), codes_(&codes) {}

  /// Text. A plain number, boolean or null is refused: it was probably meant as one.
  std::string text() const;
  /// Text that is one of `choices`.
  std::string choice(std::span<const std::string_view> choices) const;
  int64_t integer(int64_t min, int64_t max) const;  ///< decimal, both ends included
  bool boolean() const;                             ///< `true` or `false`
  std::vector<YamlValue> list() const;
  std::vector<std::string> texts() const;  ///< a list of text
  /// A map whose keys are names that the file chose, in file order.
  std::vector<std::pair<std::string, YamlValue>> entries() const;
  /// Errors: codes.unknown_key, with the nearest of `known`.
  YamlMap map(std::span<const std::string_view> known) const;

  bool is_null() const { return node_->kind == YamlNode::Kind::kNull; }
  const YamlNode& node() const { return *node_; }
  const std::string& path() const { return path_; }
  const YamlCodes& codes() const { return *codes_; }

  /// codes.value at this place.
  Error unusable(const std::string& why) const;
  /// The same, for a value of the wrong type or form.
  Error wrong(std::string expected) const;
  Error error(ErrorCode code, const std::string& why) const;

 private:
  bool is_plain() const { return node_->kind == YamlNode::Kind::kScalar && !node_->quoted; }

  const YamlNode* node_;
  std::string path_;  // dotted, e.g. "plugin.library"; "" at the top
  const YamlCodes* codes_;
};

/// A map of which all keys are known.
class YamlMap {
 public:
  explicit YamlMap(YamlValue value) : value_(std::move(value)) {}

  /// The value of `key`; nothing when it is absent or null.
  std::optional<YamlValue> find(std::string_view key) const;
  /// Errors: codes.missing_key.
  YamlValue require(std::string_view key) const;
  const YamlValue& value() const { return value_; }

 private:
  YamlValue value_;
};

/// "a list", "\"abc\"", "12" …: a value as a message shows it.
std::string describe_yaml(const YamlNode& node);

/// In front of the key path, as the file of values that `--set` gave.
inline constexpr std::string_view kSetSource = "--set ";

/// Sets the value at a dotted path, making maps on the way: `--set options.batch_size=8`. `assignment` is the
/// text "path=value"; the value is YAML. Errors: kUsage for a text without '=' or path, codes.syntax for the
/// value, codes.value when the path leads through something that is no map.
void set_yaml_value(YamlNode& root, const std::string& assignment, const YamlCodes& codes);

}  // namespace modelhost::host
