#include "modelhost/config/config_fields.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"

namespace modelhost {
namespace {

std::string number_text(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e15)
    return std::to_string(static_cast<int64_t>(value));
  return dump_json_like_python(Json(value));
}

std::string limits_text(const Limits& limits) {
  if (std::isinf(limits.max)) return "at least " + number_text(limits.min);
  if (std::isinf(limits.min)) return "at most " + number_text(limits.max);
  return "from " + number_text(limits.min) + " to " + number_text(limits.max);
}

// The name, for messages, of the JSON type that a C++ type is read from.
template <typename T>
constexpr const char* type_name() {
  if constexpr (std::is_same_v<T, bool>) return "true or false";
  if constexpr (std::is_same_v<T, int64_t>) return "an integer";
  if constexpr (std::is_same_v<T, double>) return "a number";
  if constexpr (std::is_same_v<T, std::string>) return "a string";
}

template <typename T>
bool has_type(const Json& value) {
  if constexpr (std::is_same_v<T, bool>) return value.is_boolean();
  if constexpr (std::is_same_v<T, int64_t>) {
    return value.is_number_integer() &&
           !(value.is_number_unsigned() && value.get<uint64_t>() > std::numeric_limits<int64_t>::max());
  }
  if constexpr (std::is_same_v<T, double>) return value.is_number();
  if constexpr (std::is_same_v<T, std::string>) return value.is_string();
}

Error type_error(const std::string& file, std::string_view name, std::string expected, const Json& got) {
  return Error(codes::kConfigType, "a config value has the wrong type")
      .file(file)
      .key(std::string(name))
      .expected(std::move(expected))
      .got(describe_json(got));
}

template <typename T>
T get_typed(const Json& value, const std::string& file, std::string_view name) {
  if (!has_type<T>(value)) throw type_error(file, name, type_name<T>(), value);
  return value.get<T>();
}

int64_t integer_key(const std::string& key, const std::string& file, std::string_view name) {
  int64_t number = 0;
  const auto [end, status] = std::from_chars(key.data(), key.data() + key.size(), number);
  if (status != std::errc() || end != key.data() + key.size()) {
    throw type_error(file, name, "an object whose keys are integers", Json(key));
  }
  return number;
}

std::string member_name(std::string_view name, const std::string& key) {
  return std::string(name) + "." + key;
}

void check_choice(const std::string& file, std::string_view name, const std::string& value,
                  std::initializer_list<std::string_view> choices) {
  if (choices.size() == 0 || std::ranges::find(choices, value) != choices.end()) return;
  const std::vector<std::string> names(choices.begin(), choices.end());
  Error error(codes::kConfigChoice, "a config value is not one of the allowed ones");
  error.file(file).key(std::string(name)).expected(join(names, ", ")).got(quote(value));
  if (const std::string near = nearest_name(value, names); !near.empty())
    error.fix("did you mean " + near + "?");
  throw error;
}

const Json& require_object(const Json& value, const std::string& file, std::string_view name) {
  if (!value.is_object()) throw type_error(file, name, "an object", value);
  return value;
}

std::vector<int64_t> integer_list(const Json& value, const std::string& file, std::string_view name) {
  if (!value.is_array()) throw type_error(file, name, "a list of integers", value);
  std::vector<int64_t> list;
  for (const Json& item : value) list.push_back(get_typed<int64_t>(item, file, name));
  return list;
}

}  // namespace

ConfigFields ConfigFields::reader(const Json& object, std::string file, bool reads_all) {
  ConfigFields fields;
  fields.input_ = &object;
  fields.reads_all_ = reads_all;
  fields.file_ = std::move(file);
  return fields;
}

ConfigFields ConfigFields::writer(Json& object) {
  ConfigFields fields;
  fields.output_ = &object;
  return fields;
}

const Json* ConfigFields::find(std::string_view name) {
  visited_.emplace(name);
  if (!input_) return nullptr;
  const auto it = input_->find(name);
  return it == input_->end() ? nullptr : &*it;
}

void ConfigFields::check(std::string_view name, double number, const Limits& limits, const Json& got) const {
  if (number >= limits.min && number <= limits.max) return;
  throw Error(codes::kConfigRange, "a config value is out of range")
      .file(file_)
      .key(std::string(name))
      .expected(limits_text(limits))
      .got(describe_json(got));
}

template <typename T>
void ConfigFields::visit(std::string_view name, T& value, const Limits& limits) {
  const Json* found = find(name);
  if (output_) (*output_)[std::string(name)] = value;
  if (!found) return;
  value = get_typed<T>(*found, file_, name);
  if constexpr (std::is_arithmetic_v<T>) check(name, static_cast<double>(value), limits, *found);
}

template <typename T>
void ConfigFields::visit_optional(std::string_view name, std::optional<T>& value, const Limits& limits) {
  const Json* found = find(name);
  if (output_) (*output_)[std::string(name)] = value ? Json(*value) : Json(nullptr);
  if (!found) return;
  value.reset();
  if (found->is_null()) return;
  value = get_typed<T>(*found, file_, name);
  if constexpr (std::is_arithmetic_v<T>) check(name, static_cast<double>(*value), limits, *found);
}

void ConfigFields::operator()(std::string_view name, bool& value) {
  visit(name, value, {});
}
void ConfigFields::operator()(std::string_view name, int64_t& value, Limits l) {
  visit(name, value, l);
}
void ConfigFields::operator()(std::string_view name, double& value, Limits l) {
  visit(name, value, l);
}
void ConfigFields::operator()(std::string_view name, int64_t& value, Limits l, const int64_t& otherwise) {
  const Json* found = find(name);
  if (found ? found->is_null() : reads_all_)
    value = otherwise;
  else
    visit(name, value, l);
}

void ConfigFields::operator()(std::string_view name, SizePair& value, Limits limits) {
  const Json* found = find(name);
  if (output_)
    (*output_)[std::string(name)] = value.is_pair ? Json{value.height, value.width} : Json(value.height);
  if (!found) return;
  if (!found->is_array()) {
    value = get_typed<int64_t>(*found, file_, name);
  } else {
    const std::vector<int64_t> list = integer_list(*found, file_, name);
    if (list.size() != 2) throw type_error(file_, name, "a number or a list of two", *found);
    value = {list[0], list[1]};
  }
  check(name, static_cast<double>(value.height), limits, *found);
  check(name, static_cast<double>(value.width), limits, *found);
}

void ConfigFields::operator()(std::string_view name, std::optional<bool>& value) {
  visit_optional(name, value, {});
}
void ConfigFields::operator()(std::string_view name, std::optional<int64_t>& value, Limits l) {
  visit_optional(name, value, l);
}
void ConfigFields::operator()(std::string_view name, std::optional<double>& value, Limits l) {
  visit_optional(name, value, l);
}

void ConfigFields::operator()(std::string_view name, std::string& value,
                              std::initializer_list<std::string_view> choices) {
  visit(name, value, {});
  if (reading()) check_choice(file_, name, value, choices);
}

void ConfigFields::operator()(std::string_view name, std::optional<std::string>& value,
                              std::initializer_list<std::string_view> choices) {
  visit_optional(name, value, {});
  if (reading() && value) check_choice(file_, name, *value, choices);
}

void ConfigFields::operator()(std::string_view name, std::vector<int64_t>& value, Limits limits) {
  const Json* found = find(name);
  if (output_) (*output_)[std::string(name)] = value;
  if (!found) return;
  value = integer_list(*found, file_, name);
  for (const int64_t item : value) check(name, static_cast<double>(item), limits, *found);
}

void ConfigFields::operator()(std::string_view name, std::vector<std::string>& value) {
  const Json* found = find(name);
  if (output_) (*output_)[std::string(name)] = value.empty() ? Json(nullptr) : Json(value);
  if (!found) return;
  value.clear();
  if (found->is_null()) return;
  if (!found->is_array()) throw type_error(file_, name, "a list of strings", *found);
  for (const Json& item : *found) value.push_back(get_typed<std::string>(item, file_, name));
}

void ConfigFields::operator()(std::string_view name, Json& value) {
  const Json* found = find(name);
  if (output_) (*output_)[std::string(name)] = value;
  if (found) value = *found;
}

void ConfigFields::operator()(std::string_view name, std::map<int64_t, std::string>& value) {
  const Json* found = find(name);
  if (output_) {
    Json& object = (*output_)[std::string(name)] = Json::object();
    for (const auto& [key, item] : value) object[std::to_string(key)] = item;
  }
  if (!found || found->is_null()) return;
  value.clear();
  for (const auto& [key, item] : require_object(*found, file_, name).items()) {
    value[integer_key(key, file_, name)] = get_typed<std::string>(item, file_, member_name(name, key));
  }
}

void ConfigFields::operator()(std::string_view name, std::map<int64_t, std::vector<int64_t>>& value) {
  const Json* found = find(name);
  if (output_) {
    Json& object = (*output_)[std::string(name)] = Json::object();
    for (const auto& [key, item] : value) object[std::to_string(key)] = item;
  }
  if (!found || found->is_null()) return;
  value.clear();
  for (const auto& [key, item] : require_object(*found, file_, name).items()) {
    value[integer_key(key, file_, name)] = integer_list(item, file_, member_name(name, key));
  }
}

void ConfigFields::operator()(std::string_view name, std::map<std::string, int64_t>& value) {
  const Json* found = find(name);
  if (output_) (*output_)[std::string(name)] = value;
  if (!found || found->is_null()) return;
  value.clear();
  for (const auto& [key, item] : require_object(*found, file_, name).items()) {
    value[key] = get_typed<int64_t>(item, file_, member_name(name, key));
  }
}

}  // namespace modelhost
