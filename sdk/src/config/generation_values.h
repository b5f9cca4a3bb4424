// The names of generation_config.json, their types and defaults.
#pragma once

#include <string_view>

#include "modelhost/base/json.h"

namespace modelhost {

enum class GenerationKind { kBoolean, kInteger, kNumber, kIds, kAny };

struct GenerationValue {
  std::string_view name;
  GenerationKind kind;
  std::string_view default_json;
  bool in_model_config = false;  // older config.json files state it, too
};

/// nullptr: transformers does not know the name.
const GenerationValue* find_generation_value(std::string_view name);

/// All names with their defaults.
const Json& generation_defaults();

/// The names that a model's config may state and that belong here.
std::vector<std::string_view> generation_names_in_model_config();

/// Null is of every kind.
bool is_of_kind(const Json& value, GenerationKind kind);
std::string_view describe_kind(GenerationKind kind);

}  // namespace modelhost
