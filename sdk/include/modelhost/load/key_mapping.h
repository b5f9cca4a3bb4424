// From a checkpoint's names to a model's.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace modelhost {

/// Regular expressions (Python's syntax) and what they are replaced by (`\1` for a group), tried in order.
using KeyMapping = std::vector<std::pair<std::string, std::string>>;

/// Names of old files and names that a caller wants changed, one after the other, as transformers'
/// `_get_key_renaming_mapping` does it:
/// - `LayerNorm.gamma` and `LayerNorm.beta` at the end of a key became `weight` and `bias`;
/// - `weight_g` and `weight_v` at the end became `parametrizations.weight.original0` and `…original1`, or the
///   other way round where the model has the old names (transformers knows only one direction a release);
/// - of `key_mapping`, the first pattern that is found in the key replaces it.
class KeyRenames {
 public:
  /// Errors: kLoadOption for a pattern that is none.
  KeyRenames(std::span<const std::string> model_keys, const KeyMapping& key_mapping);
  ~KeyRenames();
  /// Errors: kLoadOption for a replacement that names an unknown group.
  std::string operator()(std::string_view key) const;

 private:
  struct Rule;
  std::vector<Rule> rules_;
  bool old_weight_norm_;  // the model has weight_g and weight_v
};

/// What the two sides' names tell about the base model prefix.
enum class PrefixRule {
  kKeep,   ///< both have it, or neither
  kAdd,    ///< a base model's checkpoint into a model with a head: "embeddings…" -> "bert.embeddings…"
  kStrip,  ///< a checkpoint with a head into a base model: "bert.embeddings…" -> "embeddings…", others are
           ///< unexpected
};

/// How to map `checkpoint_keys` (after the renames above) to a model whose state has `model_keys`. `prefix`
/// is the base_model_prefix; `model_has_prefix` tells whether the model has a child of that name. The
/// checkpoint has the prefix when a key starts with "<prefix>." (transformers forgets the dot). Errors:
/// kLoadPrefix when a base checkpoint also has keys of the head (transformers: "corrupted").
PrefixRule prefix_rule(std::span<const std::string> checkpoint_keys, std::span<const std::string> model_keys,
                       const std::string& prefix, bool model_has_prefix);

/// The model's name for a key; empty when the rule leaves the key out.
std::string map_key(const std::string& key, PrefixRule rule, const std::string& prefix);

}  // namespace modelhost
