#include "modelhost/base/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <unordered_set>
#include <utility>
#include <vector>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/text.h"

namespace modelhost {
namespace {

void set_position(Error& error, std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte > 0 ? byte - 1 : 0, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const auto line_start = before.rfind('\n');
  const auto column = before.size() - (line_start == std::string_view::npos ? 0 : line_start + 1) + 1;
  error.line(line, static_cast<int64_t>(column));
}

// Watches a parse for what nlohmann accepts silently: keys given twice and bottomless nesting.
class ParseGuard {
 public:
  explicit ParseGuard(const std::string& file) : file_(file) {}

  bool operator()(int depth, Json::parse_event_t event, Json& value) {
    using Event = Json::parse_event_t;
    if (depth > kMaxJsonDepth) throw_too_deep();
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key && !keys_.back().insert(value.get<std::string>()).second) throw_duplicate(value);
    return true;
  }

 private:
  [[noreturn]] void throw_too_deep() const {
    throw Error(codes::kJsonTooDeep, "JSON is nested too deeply")
        .file(file_)
        .expected("at most " + std::to_string(kMaxJsonDepth) + " levels");
  }
  [[noreturn]] void throw_duplicate(const Json& key) const {
    throw Error(codes::kJsonDuplicateKey, "a JSON object has the same key twice")
        .file(file_)
        .key(key.get<std::string>())
        .fix("keep one of the two: readers disagree on which one counts");
  }

  const std::string& file_;
  std::vector<std::unordered_set<std::string>> keys_;
};

// "parse error at line 1, column 2: reason" -> "reason"
std::string reason_of(const Json::parse_error& error) {
  const std::string text = error.what();
  const auto at = text.find("column ");
  const auto colon = at == std::string::npos ? at : text.find(": ", at);
  return colon == std::string::npos ? text : text.substr(colon + 2);
}

std::string python_float(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  std::array<char, 64> buffer{};
  const double magnitude = std::abs(value);
  const bool fixed = value == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  const auto format = fixed ? std::chars_format::fixed : std::chars_format::scientific;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr;
  std::string text(buffer.data(), end);
  if (fixed && text.find('.') == std::string::npos) text += ".0";
  return text;
}

void dump_value(const Json& value, int indent, std::string& out);

void new_line(int indent, std::string& out) {
  out += '\n';
  out.append(static_cast<std::size_t>(indent) * 2, ' ');
}

void dump_object(const Json& value, int indent, std::string& out) {
  out += '{';
  const char* separator = "";
  for (const auto& [key, member] : value.items()) {
    out += std::exchange(separator, ",");
    new_line(indent + 1, out);
    out += Json(key).dump(-1, ' ', true) + ": ";
    dump_value(member, indent + 1, out);
  }
  new_line(indent, out);
  out += '}';
}

void dump_array(const Json& value, int indent, std::string& out) {
  out += '[';
  const char* separator = "";
  for (const Json& member : value) {
    out += std::exchange(separator, ",");
    new_line(indent + 1, out);
    dump_value(member, indent + 1, out);
  }
  new_line(indent, out);
  out += ']';
}

void dump_value(const Json& value, int indent, std::string& out) {
  if (value.is_number_float()) {
    out += python_float(value.get<double>());
  } else if (value.is_object() && !value.empty()) {
    dump_object(value, indent, out);
  } else if (value.is_array() && !value.empty()) {
    dump_array(value, indent, out);
  } else {
    out += value.dump(-1, ' ', true);
  }
}

}  // namespace

Json parse_json(std::string_view text, const std::string& file) {
  if (const auto nul = text.find('\0'); nul != std::string_view::npos) {  // to the parser it is the end
    Error error(codes::kJsonSyntax, "not valid JSON: it holds a NUL byte");
    error.file(file);
    set_position(error, text, nul + 1);
    throw error;
  }
  try {
    return Json::parse(text, ParseGuard(file));
  } catch (const Json::parse_error& error) {
    Error wrapped(codes::kJsonSyntax, "not valid JSON: " + reason_of(error));
    wrapped.file(file);
    set_position(wrapped, text, error.byte);
    throw wrapped;
  } catch (const Json::out_of_range& error) {  // its only other one: "[…] number overflow parsing '1e999'"
    const std::string what = error.what();
    const auto number = what.find('\'');
    throw Error(codes::kJsonSyntax, "not valid JSON: a number is too large for a double")
        .file(file)
        .got(number == std::string::npos ? what : what.substr(number));
  }
}

std::string dump_json_like_python(const Json& value) {
  std::string out;
  dump_value(value, 0, out);
  return out;
}

std::string describe_json(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list of " + std::to_string(value.size());
  if (value.is_string()) return quote(value.get_ref<const std::string&>());
  return value.dump();
}

}  // namespace modelhost
