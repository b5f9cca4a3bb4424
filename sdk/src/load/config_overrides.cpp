#include "config_overrides.h"

#include <algorithm>

#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"

namespace modelhost {
namespace {

Error unusable(const std::string& what) {
  return Error(codes::kLoadOption, "a load option is not usable: " + what);
}

// All names of fields: {alias, field} and every field itself.
std::vector<std::pair<std::string, std::string>> known_names(const PretrainedConfig& defaults) {
  auto names = defaults.attribute_map();
  names.emplace_back("torch_dtype", "dtype");
  const Json fields = defaults.to_dict();
  for (const auto& [key, value] : fields.items()) names.emplace_back(key, key);
  for (const char* key : {"num_labels", "pruned_heads", "model_type", "_name_or_path"})
    names.emplace_back(key, key);
  return names;
}

std::size_t count_labels(const Json& object) {
  const auto labels = object.find("id2label");
  if (labels == object.end() || !labels->is_object()) return 2;  // the default
  return labels->size();
}

void check_labels(const Json& overrides) {
  const auto number = overrides.find("num_labels"), labels = overrides.find("id2label");
  if (number == overrides.end() || labels == overrides.end()) return;
  if (number->is_number_integer() && labels->is_object() &&
      number->get<int64_t>() == static_cast<int64_t>(labels->size()))
    return;
  throw unusable("config_overrides has num_labels and id2label that contradict each other")
      .key("num_labels")
      .expected(std::to_string(labels->size()))
      .got(describe_json(*number))
      .fix("leave out one of the two");
}

}  // namespace

void apply_config_overrides(Json& object, const Json& overrides, const PretrainedConfig& defaults) {
  if (overrides.is_null()) return;
  if (!overrides.is_object()) throw unusable("config_overrides is no object").got(describe_json(overrides));
  check_labels(overrides);
  const auto known = known_names(defaults);
  for (const auto& [key, value] : overrides.items()) {
    const auto name = std::ranges::find(known, key, [](const auto& entry) { return entry.first; });
    if (name == known.end() && !object.contains(key)) {
      std::vector<std::string> candidates;
      for (const auto& [alias, field] : known) candidates.push_back(alias);
      Error error = unusable("the config has no such key");
      const std::string near = nearest_name(key, candidates);
      throw error.key("config_overrides." + key).fix(near.empty() ? "" : "did you mean " + near + "?");
    }
    const std::string field = name == known.end() ? key : name->second;
    for (const auto& [alias, aliased] : known) {
      if (aliased == field) object.erase(alias);  // it would win over the field
    }
    object[field] = value;
  }
  const auto number = overrides.find("num_labels");
  if (number == overrides.end() || overrides.contains("id2label") || !number->is_number_integer()) return;
  if (number->get<int64_t>() == static_cast<int64_t>(count_labels(object))) return;
  object.erase("id2label");
  object.erase("label2id");
}

}  // namespace modelhost
