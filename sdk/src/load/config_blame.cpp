#include "config_blame.h"

#include <algorithm>
#include <charconv>

#include "modelhost/base/text.h"

namespace modelhost {
namespace {

void add_keys_with(const Json& config, int64_t value, std::vector<std::string>& keys) {
  for (const auto& [key, item] : config.items()) {
    if (!item.is_number_integer() || item.get<int64_t>() != value) continue;
    if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  }
}

// One more than the highest number that is a component of a name; 0 for none.
int64_t repetitions(const std::vector<StateEntry>& entries) {
  int64_t most = 0;
  for (const StateEntry& entry : entries) {
    for (const std::string& part : split_trimmed(entry.name, '.')) {
      int64_t number = -1;
      const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
      if (error == std::errc() && end == part.data() + part.size()) most = std::max(most, number + 1);
    }
  }
  return most;
}

}  // namespace

std::string values_behind(const PretrainedConfig& config, const std::vector<MismatchedKey>& mismatched) {
  const Json fields = config.to_dict();
  std::vector<std::string> keys, texts;
  for (const MismatchedKey& m : mismatched) {
    for (std::size_t i = 0; i < m.model_shape.size(); ++i) {
      const bool same = i < m.checkpoint_shape.size() && m.checkpoint_shape[i] == m.model_shape[i];
      if (!same && m.model_shape[i] > 1) add_keys_with(fields, m.model_shape[i], keys);
    }
  }
  for (const std::string& key : keys) texts.push_back(key + " " + fields[key].dump());
  return join(texts, ", ");
}

std::vector<std::string> keys_behind(const PretrainedConfig& config, const std::vector<StateEntry>& entries) {
  const Json fields = config.to_dict();
  std::vector<std::string> keys;
  const auto largest =
      std::ranges::max_element(entries, {}, [](const StateEntry& entry) { return entry.tensor.numel(); });
  if (largest == entries.end()) return keys;
  std::vector<int64_t> values = largest->tensor.sizes().vec();
  values.push_back(repetitions(entries));
  std::ranges::sort(values, std::greater<>());
  for (const int64_t value : values) {
    if (value > 1) add_keys_with(fields, value, keys);
  }
  return keys;
}

}  // namespace modelhost
