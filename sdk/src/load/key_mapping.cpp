#include "modelhost/load/key_mapping.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "key_pattern.h"
#include "modelhost/formats/error_codes.h"

namespace modelhost {
namespace {

using Rename = std::pair<std::string_view, std::string_view>;

constexpr std::array<Rename, 2> kLayerNorm{
    {{"LayerNorm.gamma", "LayerNorm.weight"}, {"LayerNorm.beta", "LayerNorm.bias"}}};
constexpr std::array<Rename, 2> kWeightNorm{
    {{"weight_g", "parametrizations.weight.original0"}, {"weight_v", "parametrizations.weight.original1"}}};

// Whether `from` stood at the end.
bool rename_end(std::string& key, std::string_view from, std::string_view to) {
  if (!key.ends_with(from)) return false;
  key.replace(key.size() - from.size(), from.size(), to);
  return true;
}

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

struct KeyRenames::Rule {
  KeyPattern pattern;
  std::string replacement;
};

KeyRenames::KeyRenames(std::span<const std::string> model_keys, const KeyMapping& key_mapping)
    : old_weight_norm_(std::ranges::any_of(model_keys, [](const std::string& key) {
        return key.ends_with(kWeightNorm[0].first) || key.ends_with(kWeightNorm[1].first);
      })) {
  for (const auto& [pattern, replacement] : key_mapping) {
    rules_.push_back({KeyPattern(pattern, "key_mapping"), replacement});
  }
}

KeyRenames::~KeyRenames() = default;

std::string KeyRenames::operator()(std::string_view key) const {
  std::string name(key);
  bool renamed =
      std::ranges::any_of(kLayerNorm, [&](const Rename& r) { return rename_end(name, r.first, r.second); });
  for (const auto& [old, modern] : kWeightNorm) {
    renamed = renamed || (old_weight_norm_ ? rename_end(name, modern, old) : rename_end(name, old, modern));
  }
  for (const Rule& rule : rules_) {
    if (auto replaced = rule.pattern.replaced(name, rule.replacement)) return std::move(*replaced);
  }
  return name;
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
