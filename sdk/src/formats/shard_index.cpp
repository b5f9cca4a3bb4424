#include "modelhost/formats/shard_index.h"

#include <charconv>
#include <optional>
#include <set>

#include "inside_directory.h"
#include "modelhost/base/json.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;

// "<stem>-00001-of-00003<end>"
struct ShardName {
  std::string stem, end;
  uint64_t number = 0, count = 0;
};

std::optional<uint64_t> number_of(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<ShardName> split_shard_name(std::string_view name) {
  constexpr std::size_t kDigits = 5;
  constexpr std::string_view kOf = "-of-";
  const auto of = name.find(kOf);
  if (of == name.npos || of < kDigits + 1 || name[of - kDigits - 1] != '-') return std::nullopt;
  if (name.size() < of + kOf.size() + kDigits) return std::nullopt;
  const auto number = number_of(name.substr(of - kDigits, kDigits));
  const auto count = number_of(name.substr(of + kOf.size(), kDigits));
  if (!number || !count) return std::nullopt;
  return ShardName{std::string(name.substr(0, of - kDigits - 1)),
                   std::string(name.substr(of + kOf.size() + kDigits)), *number, *count};
}

}  // namespace

Error index_error(const fs::path& index, const std::string& key) {
  return Error(codes::kCheckpointIndex, "a checkpoint index is malformed").file(index.string()).key(key);
}

fs::path safe_shard_path(const fs::path& index, const std::string& name) {
  const bool plain = !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
                     name.find('\\') == std::string::npos && name.find('\0') == std::string::npos;
  const fs::path path = index.parent_path() / name;
  if (plain && stays_inside(path, index.parent_path())) return path;
  throw Error(codes::kCheckpointUnsafeName, "an index names a file outside its directory")
      .file(index.string())
      .key("weight_map")
      .expected("the plain name of a file in the same directory")
      .got(quote(name))
      .fix("do not use this checkpoint unless you know who made it");
}

ShardIndex parse_shard_index(std::string_view text, const fs::path& index) {
  const Json json = parse_json(text, index.string());
  const auto map = json.is_object() ? json.find("weight_map") : json.end();
  if (!json.is_object() || map == json.end() || !map->is_object() || map->empty()) {
    throw index_error(index, "weight_map").expected("an object that maps tensor names to file names");
  }
  ShardIndex result;
  for (const auto& [key, value] : map->items()) {
    if (!value.is_string()) {
      throw index_error(index, "weight_map." + key).expected("a file name").got(describe_json(value));
    }
    result.weight_map[key] = value.get<std::string>();
  }
  const auto metadata = json.find("metadata");
  if (metadata != json.end() && metadata->is_object() && metadata->contains("dtype")) {
    const Json& dtype = (*metadata)["dtype"];
    if (dtype.is_string()) result.dtype = dtype.get<std::string>();
  }
  return result;
}

void check_all_shards_named(const ShardIndex& index, const fs::path& file) {
  std::map<std::tuple<std::string, std::string, uint64_t>, std::set<uint64_t>> sets;
  for (const auto& [tensor, name] : index.weight_map) {
    if (const auto shard = split_shard_name(name))
      sets[{shard->stem, shard->end, shard->count}].insert(shard->number);
  }
  for (const auto& [key, numbers] : sets) {
    const auto& [stem, end, count] = key;
    if (numbers.size() == count && *numbers.begin() == 1 && *numbers.rbegin() == count) continue;
    throw index_error(file, "weight_map")
        .expected(std::to_string(count) + " files " + stem + "-…-of-…" + end)
        .got(std::to_string(numbers.size()) + " of them")
        .fix("the index leaves out shards: download or save the checkpoint again");
  }
}

std::string shard_index_text(const std::map<std::string, std::string>& weight_map, uint64_t total_parameters,
                       uint64_t total_size) {
  const Json index = {{"metadata", {{"total_parameters", total_parameters}, {"total_size", total_size}}},
                      {"weight_map", weight_map}};
  return dump_json_like_python(index) + "\n";
}

}  // namespace modelhost
