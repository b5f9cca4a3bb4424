#include "modelhost/host/surgery/heads_text.h"

#include <charconv>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/json.h"
#include "modelhost/base/text.h"
#include "modelhost/files/mapped_file.h"

namespace modelhost::host {
namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 20;

Error not_heads(const std::string& file, const std::string& key, const char* expected, std::string got) {
  Error error(codes::kJsonType, "heads are given as layers, each with a list of heads");
  if (!key.empty()) error.key(key);
  return error.file(file)
      .expected(expected)
      .got(std::move(got))
      .fix(R"(write them as in {"0": [1, 2], "3": [0]})");
}

int64_t layer_of(const std::string& key, const std::string& file) {
  int64_t layer = 0;
  const auto [end, problem] = std::from_chars(key.data(), key.data() + key.size(), layer);
  if (problem == std::errc() && end == key.data() + key.size()) return layer;
  throw not_heads(file, key, "the number of a layer", quote(key));
}

std::vector<int64_t> heads_of(const Json& list, const std::string& key, const std::string& file) {
  if (!list.is_array()) throw not_heads(file, key, "a list of heads", describe_json(list));
  std::vector<int64_t> heads;
  for (const Json& head : list) {
    const bool fits =
        head.is_number_integer() && (!head.is_number_unsigned() || head.get<uint64_t>() <= INT64_MAX);
    if (!fits) throw not_heads(file, key, "the number of a head", describe_json(head));
    heads.push_back(head.get<int64_t>());
  }
  return heads;
}

}  // namespace

HeadsToPrune parse_heads(const std::string& argument) {
  const bool in_file = argument.starts_with('@');
  const std::string file = in_file ? argument.substr(1) : "--heads";
  const Json json = parse_json(in_file ? read_text_file(file, kLargestFile) : argument, file);
  if (!json.is_object()) throw not_heads(file, "", "an object", describe_json(json));
  HeadsToPrune heads;
  for (const auto& [key, list] : json.items()) {
    std::vector<int64_t>& all = heads[layer_of(key, file)];  // "3" and "03" are one layer
    for (const int64_t head : heads_of(list, key, file)) all.push_back(head);
  }
  return heads;
}

std::string heads_text(const HeadsToPrune& heads) {
  std::string text = "{";
  for (const auto& [layer, list] : heads) {
    std::vector<std::string> numbers;
    for (const int64_t head : list) numbers.push_back(std::to_string(head));
    if (text.size() > 1) text += ", ";
    text += quote(std::to_string(layer)) + ": [" + join(numbers, ", ") + "]";
  }
  return text + "}";
}

}  // namespace modelhost::host
