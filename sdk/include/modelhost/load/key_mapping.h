// From a checkpoint's names to a model's.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace modelhost {

/// Names of old files: `LayerNorm.gamma` and `LayerNorm.beta` at the end of a key became `weight` and `bias`
/// (transformers' `_fix_state_dict_key_on_load`).
std::string without_legacy_names(std::string_view key);

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
