#include "json_field.h"

#include "modelhost/tokenizers/error_codes.h"

namespace modelhost {

void JsonField::fail(const std::string& message, const std::string& expected) const {
  throw Error(codes::kTokenizerFile, message)
      .file(file_)
      .key(path_)
      .expected(expected)
      .got(describe_json(value_));
}

void JsonField::unsupported(const std::string& what) const {
  throw Error(codes::kTokenizerUnsupported, "the tokenizer needs " + what + ", which is not supported")
      .file(file_)
      .key(path_)
      .got(describe_json(value_));
}

void JsonField::need_object() const {
  if (!value_.is_object()) fail("a tokenizer value has the wrong type", "an object");
}

JsonField JsonField::at(const std::string& key) const {
  need_object();
  const auto found = value_.find(key);
  const std::string path = path_.empty() ? key : path_ + "." + key;
  if (found == value_.end()) {
    throw Error(codes::kTokenizerFile, "a tokenizer file lacks a required key").file(file_).key(path);
  }
  return {*found, path, file_};
}

std::optional<JsonField> JsonField::find(const std::string& key) const {
  need_object();
  const auto found = value_.find(key);
  if (found == value_.end() || found->is_null()) return std::nullopt;
  return JsonField(*found, path_.empty() ? key : path_ + "." + key, file_);
}

std::vector<JsonField> JsonField::items() const {
  if (!value_.is_array()) fail("a tokenizer value has the wrong type", "a list");
  std::vector<JsonField> fields;
  fields.reserve(value_.size());
  for (const Json& item : value_)
    fields.emplace_back(item, path_ + "[" + std::to_string(fields.size()) + "]", file_);
  return fields;
}

const std::string& JsonField::string() const {
  if (!value_.is_string()) fail("a tokenizer value has the wrong type", "a string");
  return value_.get_ref<const std::string&>();
}

bool JsonField::boolean() const {
  if (!value_.is_boolean()) fail("a tokenizer value has the wrong type", "true or false");
  return value_.get<bool>();
}

int64_t JsonField::integer(int64_t lowest, int64_t highest) const {
  const std::string range = "an integer from " + std::to_string(lowest) + " to " + std::to_string(highest);
  if (!value_.is_number_integer()) fail("a tokenizer value has the wrong type", range);
  const bool above = value_.is_number_unsigned() && value_.get<uint64_t>() > static_cast<uint64_t>(highest);
  if (above || value_.get<int64_t>() < lowest || value_.get<int64_t>() > highest) {
    fail("a tokenizer value is out of range", range);
  }
  return value_.get<int64_t>();
}

std::string JsonField::string_or(const std::string& key, std::string fallback) const {
  const auto field = find(key);
  return field ? field->string() : std::move(fallback);
}

bool JsonField::boolean_or(const std::string& key, bool fallback) const {
  const auto field = find(key);
  return field ? field->boolean() : fallback;
}

}  // namespace modelhost
