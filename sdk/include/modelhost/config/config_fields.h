// One list of fields serves for reading config.json and for writing it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "modelhost/base/json.h"

namespace modelhost {

/// The values a numeric field may have, both ends included. A config comes from a stranger: whatever decides
/// how much is built or allocated must be bounded before anything is built.
struct Limits {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

namespace limits {
inline constexpr Limits kAny{};
inline constexpr Limits kLayers{0, 4096};         ///< number of layers; deeper models do not exist
inline constexpr Limits kHeads{1, 65536};         ///< number of attention heads
inline constexpr Limits kWidth{1, 1 << 24};       ///< hidden and intermediate sizes
inline constexpr Limits kVocabulary{1, 1 << 28};  ///< rows of an embedding
inline constexpr Limits kPositions{1, 1 << 28};   ///< sequence positions
inline constexpr Limits kLabels{0, 1 << 17};      ///< classes of a head given as a number
inline constexpr Limits kPixels{1, 1 << 16};      ///< height or width of an image or a patch
inline constexpr Limits kChannels{1, 1 << 12};    ///< of an image
inline constexpr Limits kProbability{0, 1};       ///< dropout and the like
inline constexpr Limits kNonNegative{0, std::numeric_limits<double>::infinity()};
}  // namespace limits

/// Two sizes that config.json may give as one number; written as they were read.
struct SizePair {
  int64_t height = 0, width = 0;
  bool is_pair = false;

  SizePair() = default;
  SizePair(int64_t both) : height(both), width(both) {}  // NOLINT: a number is a pair of equal sizes
  SizePair(int64_t h, int64_t w) : height(h), width(w), is_pair(true) {}
};

/// Visits the fields of a config, in `PretrainedConfig::fields`. When reading, a field that the file lacks
/// keeps its value; a value of the wrong type is kConfigType, one outside its limits kConfigRange, one that
/// is not among the choices kConfigChoice, each with file, key, expected and got.
class ConfigFields {
 public:
  /// `reads_all`: the object is a whole config, and a field that it lacks has its default.
  static ConfigFields reader(const Json& object, std::string file, bool reads_all = true);
  static ConfigFields writer(Json& object);

  void operator()(std::string_view name, bool& value);
  void operator()(std::string_view name, int64_t& value, Limits limits = {});
  void operator()(std::string_view name, double& value, Limits limits = {});
  /// A field that takes the value of another one, visited before, where the file has null or nothing.
  void operator()(std::string_view name, int64_t& value, Limits limits, const int64_t& otherwise);
  /// A number, which counts for both, or a pair: an image's height and width.
  void operator()(std::string_view name, SizePair& value, Limits limits = {});
  void operator()(std::string_view name, std::string& value,
                  std::initializer_list<std::string_view> choices = {});
  void operator()(std::string_view name, std::optional<bool>& value);
  void operator()(std::string_view name, std::optional<int64_t>& value, Limits limits = {});
  void operator()(std::string_view name, std::optional<double>& value, Limits limits = {});
  void operator()(std::string_view name, std::optional<std::string>& value,
                  std::initializer_list<std::string_view> choices = {});
  void operator()(std::string_view name, std::vector<int64_t>& value, Limits limits = {});
  void operator()(std::string_view name, std::vector<std::string>& value);  ///< null in JSON when empty
  void operator()(std::string_view name, Json& value);                      ///< any JSON value, unchecked
  /// Objects with integer keys, such as id2label and pruned_heads.
  void operator()(std::string_view name, std::map<int64_t, std::string>& value);
  void operator()(std::string_view name, std::map<int64_t, std::vector<int64_t>>& value);
  void operator()(std::string_view name, std::map<std::string, int64_t>& value);

  bool reading() const { return input_ != nullptr; }
  const std::string& file() const { return file_; }
  /// The names visited so far: what a config class knows. The rest of a file is kept as it is.
  const std::set<std::string, std::less<>>& visited() const { return visited_; }

 private:
  ConfigFields() = default;

  // The value to read, or nullptr when the file has none or this is a writer.
  const Json* find(std::string_view name);
  void check(std::string_view name, double number, const Limits& limits, const Json& got) const;
  template <typename T>
  void visit(std::string_view name, T& value, const Limits& limits);
  template <typename T>
  void visit_optional(std::string_view name, std::optional<T>& value, const Limits& limits);

  const Json* input_ = nullptr;
  Json* output_ = nullptr;
  bool reads_all_ = false;
  std::string file_;
  std::set<std::string, std::less<>> visited_;
};

}  // namespace modelhost
