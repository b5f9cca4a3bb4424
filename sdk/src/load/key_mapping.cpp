#include "modelhost/load/key_mapping.h"

#include <algorithm>
#include <unordered_set>

#include "modelhost/base/error_codes.h"

namespace modelhost {
namespace {

bool has_prefix(std::string_view key, const std::string& prefix) {
  return key.size() > prefix.size() && key.starts_with(prefix) && key[prefix.size()] == '.';
}

// A base checkpoint must not hold keys of the head: prefixing them would hide that they belong elsewhere.
void check_no_head_keys(std::span<const std::string> checkpoint_keys, std::span<const std::string> model_keys,
                        const std::string& prefix) {
  std::unordered_set<std::string_view> head, base;
  for (const std::string& key : model_keys) {
    if (has_prefix(key, prefix)) {
      base.insert(std::string_view(key).substr(prefix.size() + 1));
    } else {
      head.insert(key);
    }
  }
  for (const std::string& key : checkpoint_keys) {
    if (!head.contains(key) || base.contains(key)) continue;
    throw Error(codes::kLoadPrefix, "the checkpoint mixes keys with and without the base model prefix")
        .key(key)
        .expected("keys that start with \"" + prefix + ".\", or a checkpoint of the base model alone")
        .fix("save the checkpoint again from the model it belongs to");
  }
}

}  // namespace

std::string without_legacy_names(std::string_view key) {
  constexpr std::string_view kGamma = "LayerNorm.gamma", kBeta = "LayerNorm.beta";
  if (key.ends_with(kGamma)) return std::string(key.substr(0, key.size() - 5)) + "weight";
  if (key.ends_with(kBeta)) return std::string(key.substr(0, key.size() - 4)) + "bias";
  return std::string(key);
}

PrefixRule prefix_rule(std::span<const std::string> checkpoint_keys, std::span<const std::string> model_keys,
                       const std::string& prefix, bool model_has_prefix) {
  if (prefix.empty() || checkpoint_keys.empty()) return PrefixRule::kKeep;
  const bool checkpoint_has_prefix =
      std::ranges::any_of(checkpoint_keys, [&](const std::string& key) { return has_prefix(key, prefix); });
  if (checkpoint_has_prefix == model_has_prefix) return PrefixRule::kKeep;
  if (checkpoint_has_prefix) return PrefixRule::kStrip;
  check_no_head_keys(checkpoint_keys, model_keys, prefix);
  return PrefixRule::kAdd;
}

std::string map_key(const std::string& key, PrefixRule rule, const std::string& prefix) {
  if (rule == PrefixRule::kKeep) return key;
  if (rule == PrefixRule::kAdd) return prefix + "." + key;
  return has_prefix(key, prefix) ? key.substr(prefix.size() + 1) : std::string();
}

}  // namespace modelhost
