// The fields of a generation config under their names in generation_config.json.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "modelhost/base/json.h"
#include "modelhost/config/generation_config.h"

namespace modelhost {

using GenerationField =
    std::variant<std::optional<bool> GenerationConfig::*, std::optional<int64_t> GenerationConfig::*,
                 std::optional<double> GenerationConfig::*, TokenIds GenerationConfig::*,
                 Json GenerationConfig::*>;

struct GenerationValue {
  std::string_view name;
  GenerationField field;
  bool in_model_config = false;  // older config.json files state it, too
};

std::span<const GenerationValue> generation_values();

/// nullptr: transformers does not know the name.
const GenerationValue* find_generation_value(std::string_view name);

/// All names with their defaults.
const Json& generation_defaults();

/// The names that a model's config may state and that belong here.
std::vector<std::string_view> generation_names_in_model_config();

/// Null is of every kind.
bool is_of_kind(const Json& value, const GenerationField& field);
std::string_view describe_kind(const GenerationField& field);

/// The field as the file has it, and the other way round. `value` is of the field's kind.
Json field_json(const GenerationConfig& config, const GenerationField& field);
void set_field(GenerationConfig& config, const GenerationField& field, const Json& value);

}  // namespace modelhost
