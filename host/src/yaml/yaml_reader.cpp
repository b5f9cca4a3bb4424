#include "modelhost/host/yaml/yaml_reader.h"

#include <algorithm>
#include <charconv>

#include "modelhost/base/text.h"
#include "modelhost/host/error_codes.h"

namespace modelhost::host {
namespace {

bool is_boolean(const std::string& text) {
  return text == "true" || text == "false";
}

// What YAML's core schema reads as a number: such text without quotes was hardly meant as text.
bool is_number(const std::string& text) {
  double number = 0;
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto [end, problem] = std::from_chars(begin, text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size() &&
         !text.ends_with("n");  // not "nan", "in…"
}

std::string join_path(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

std::vector<std::string> strings(std::span<const std::string_view> views) {
  return {views.begin(), views.end()};
}

}  // namespace

std::string describe_yaml(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kList:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a map";
    case YamlNode::Kind::kScalar:
      break;
  }
  if (!node.quoted && is_boolean(node.text)) return node.text;
  if (!node.quoted && is_number(node.text)) return "the number " + node.text;
  return quote(node.text);
}

Error YamlValue::error(ErrorCode code, const std::string& why) const {
  Error error(code, why);
  error.file(*node_->source).line(node_->line, node_->column).key(path_);
  return error;
}

Error YamlValue::unusable(const std::string& why) const {
  return error(codes_->value, std::string(codes_->value.title) + ": " + why).got(describe_yaml(*node_));
}

Error YamlValue::wrong(std::string expected) const {
  return error(codes_->value, std::string(codes_->value.title))
      .expected(std::move(expected))
      .got(describe_yaml(*node_));
}

std::string YamlValue::text() const {
  if (node_->kind != YamlNode::Kind::kScalar) throw wrong("text");
  if (is_plain() && (is_boolean(node_->text) || is_number(node_->text))) {
    throw wrong("text").fix("put it in quotes if it is meant as text");
  }
  return node_->text;
}

std::string YamlValue::choice(std::span<const std::string_view> choices) const {
  const std::string value = text();
  if (std::ranges::find(choices, value) != choices.end()) return value;
  const std::vector<std::string> names = strings(choices);
  Error error = wrong("one of " + join(names, ", "));
  const std::string nearest = nearest_name(value, names);
  if (!nearest.empty()) error.fix("did you mean " + nearest + "?");
  throw error;
}

int64_t YamlValue::integer(int64_t min, int64_t max) const {
  const std::string expected = "an integer from " + std::to_string(min) + " to " + std::to_string(max);
  int64_t number = 0;
  const char* end = node_->text.data() + node_->text.size();
  const auto result = std::from_chars(node_->text.data(), end, number);
  if (!is_plain() || result.ec != std::errc() || result.ptr != end || number < min || number > max) {
    throw wrong(expected);
  }
  return number;
}

bool YamlValue::boolean() const {
  if (!is_plain() || !is_boolean(node_->text)) throw wrong("true or false");
  return node_->text == "true";
}

std::vector<YamlValue> YamlValue::list() const {
  if (node_->kind != YamlNode::Kind::kList) throw wrong("a list");
  std::vector<YamlValue> values;
  for (const YamlNode& item : node_->items) {
    values.emplace_back(item, path_ + "[" + std::to_string(values.size()) + "]", *codes_);
  }
  return values;
}

std::vector<std::string> YamlValue::texts() const {
  std::vector<std::string> texts;
  for (const YamlValue& item : list()) texts.push_back(item.text());
  return texts;
}

std::vector<std::pair<std::string, YamlValue>> YamlValue::entries() const {
  if (node_->kind != YamlNode::Kind::kMap) throw wrong("a map");
  std::vector<std::pair<std::string, YamlValue>> entries;
  for (const auto& [key, node] : node_->entries)
    entries.emplace_back(key, YamlValue(node, join_path(path_, key), *codes_));
  return entries;
}

YamlMap YamlValue::map(std::span<const std::string_view> known) const {
  if (node_->kind != YamlNode::Kind::kMap) throw wrong("a map");
  for (const auto& [key, value] : node_->entries) {
    if (std::ranges::find(known, key) != known.end()) continue;
    const std::vector<std::string> names = strings(known);
    const std::string nearest = nearest_name(key, names);
    throw Error(codes_->unknown_key, std::string(codes_->unknown_key.title))
        .file(*value.source)
        .line(value.key_line, value.key_column)
        .key(join_path(path_, quote(key)))
        .expected("one of " + join(names, ", "))
        .fix(nearest.empty() ? "remove it" : "did you mean " + nearest + "?");
  }
  return YamlMap(*this);
}

std::optional<YamlValue> YamlMap::find(std::string_view key) const {
  const YamlNode* found = value_.node().find(key);
  if (!found || found->kind == YamlNode::Kind::kNull) return std::nullopt;
  return YamlValue(*found, join_path(value_.path(), key), value_.codes());
}

YamlValue YamlMap::require(std::string_view key) const {
  if (auto found = find(key)) return *found;
  const ErrorCode code = value_.codes().missing_key;
  throw Error(code, std::string(code.title))
      .file(*value_.node().source)
      .line(value_.node().line, value_.node().column)
      .key(join_path(value_.path(), key))
      .fix("add the key");
}

void set_yaml_value(YamlNode& root, const std::string& assignment, const YamlCodes& codes) {
  const auto equals = assignment.find('=');
  const std::string path = assignment.substr(0, equals);
  const std::vector<std::string> steps = split_trimmed(path, '.');
  if (equals == std::string::npos || steps.empty() || steps.size() > kMaxYamlDepth) {
    throw Error(codes::kUsage, "a setting needs a key path and a value")
        .expected("key.path=value")
        .got(quote(assignment));
  }
  const std::string source = std::string(kSetSource) + path;
  YamlNode value = parse_yaml(assignment.substr(equals + 1), source, codes);
  YamlNode* at = &root;
  for (const std::string& step : steps) {
    if (at->kind == YamlNode::Kind::kNull) at->kind = YamlNode::Kind::kMap;
    if (at->kind != YamlNode::Kind::kMap) {
      throw Error(codes.value, "a setting leads through something that is no map")
          .file(source)
          .key(path)
          .expected("a map above " + quote(step))
          .got(describe_yaml(*at));
    }
    YamlNode* next = at->find(step);
    if (!next) {
      next = &at->entries.emplace_back(step, YamlNode{}).second;
      next->source = value.source;
    }
    at = next;
  }
  *at = std::move(value);
}

}  // namespace modelhost::host
