#include "weights_name.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace modelhost {
namespace {

using Kind = WeightsName::Kind;

constexpr std::string_view kShard = "-#####-of-#####", kJson = ".json";

bool ends_like_shard(std::string_view text) {
  return text.size() >= kShard.size() &&
         std::ranges::equal(text.substr(text.size() - kShard.size()), kShard, [](char c, char pattern) {
           return pattern == '#' ? c >= '0' && c <= '9' : c == pattern;
         });
}

// "" or ".fp16"
bool set_variant(WeightsName& parsed, std::string_view dotted) {
  const bool fits = dotted.empty() || (dotted.size() > 1 && dotted.front() == '.' &&
                                       std::ranges::all_of(dotted, [](unsigned char c) {
                                         return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-';
                                       }));
  if (fits && !dotted.empty()) parsed.variant = dotted.substr(1);
  return fits;
}

std::optional<WeightsName> parse_as(std::string_view name, WeightsFormat format) {
  WeightsName parsed;
  parsed.format = format;
  const std::string plain = WeightsFiles("", format).single(), index = plain + ".index";
  const auto dot = plain.rfind('.');
  std::string_view middle = name;
  if (name.size() >= index.size() + kJson.size() && name.starts_with(index) && name.ends_with(kJson)) {
    parsed.kind = Kind::kIndex;
    middle = name.substr(index.size(), name.size() - index.size() - kJson.size());
  } else if (name.size() >= plain.size() && name.starts_with(plain.substr(0, dot)) &&
             name.ends_with(plain.substr(dot))) {
    middle = name.substr(dot, name.size() - plain.size());
    if (ends_like_shard(middle)) {
      parsed.kind = Kind::kShard;
      parsed.count = std::atoi(std::string(middle.substr(middle.size() - 5)).c_str());
      middle.remove_suffix(kShard.size());
    }
  } else {
    return std::nullopt;
  }
  if (!set_variant(parsed, middle)) return std::nullopt;
  return parsed;
}

}  // namespace

std::optional<WeightsName> parse_weights_name(std::string_view name) {
  const auto safe = parse_as(name, WeightsFormat::kSafetensors);
  return safe ? safe : parse_as(name, WeightsFormat::kBin);
}

}  // namespace modelhost
