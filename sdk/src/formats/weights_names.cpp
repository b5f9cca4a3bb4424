#include "modelhost/formats/weights_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <utility>

#include "modelhost/base/json.h"
#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"

namespace modelhost {
namespace {

struct Container {
  std::string_view stem, extension;
};

// Indexed by WeightsFormat.
constexpr std::array kContainers{Container{"model", ".safetensors"}, Container{"pytorch_model", ".bin"}};

const Container& container_of(WeightsFormat format) {
  return kContainers[static_cast<std::size_t>(format)];
}

bool is_variant_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
}

// "-00001-of-00002"
bool is_shard_number(std::string_view text) {
  constexpr std::string_view kPattern = "-#####-of-#####";
  return text.size() == kPattern.size() && std::ranges::equal(text, kPattern, [](char c, char pattern) {
           return pattern == '#' ? c >= '0' && c <= '9' : c == pattern;
         });
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

}  // namespace

WeightsFiles::WeightsFiles(std::string variant, WeightsFormat format) : format_(format) {
  if (variant.empty()) return;
  if (!std::ranges::all_of(variant, is_variant_character)) {
    throw Error(codes::kSaveOption, "the variant is not usable")
        .key("variant")
        .expected("letters, digits, '.', '_' and '-'")
        .got(quote(variant));
  }
  dotted_variant_ = "." + std::move(variant);
}

std::string WeightsFiles::single() const {
  const auto& [stem, extension] = container_of(format_);
  return joined({stem, dotted_variant_, extension});
}

std::string WeightsFiles::index() const {
  const auto& [stem, extension] = container_of(format_);
  return joined({stem, extension, ".index", dotted_variant_, ".json"});
}

std::string WeightsFiles::shard(std::size_t number, std::size_t count) const {
  char text[64];
  std::snprintf(text, sizeof text, "-%05zu-of-%05zu", number, count);
  const auto& [stem, extension] = container_of(format_);
  return joined({stem, dotted_variant_, text, extension});
}

bool WeightsFiles::owns(std::string_view name) const {
  return std::ranges::any_of(kContainers, [&](const Container& container) {
    const std::string start = joined({container.stem, dotted_variant_});
    if (name == joined({container.stem, container.extension, ".index", dotted_variant_, ".json"}))
      return true;
    if (!name.starts_with(start) || !name.ends_with(container.extension)) return false;
    if (name.size() < start.size() + container.extension.size()) return false;
    const std::string_view middle =
        name.substr(start.size(), name.size() - start.size() - container.extension.size());
    return middle.empty() || is_shard_number(middle);
  });
}

std::string index_text(const std::map<std::string, std::string>& weight_map, uint64_t total_parameters,
                       uint64_t total_size) {
  const Json index = {{"metadata", {{"total_parameters", total_parameters}, {"total_size", total_size}}},
                      {"weight_map", weight_map}};
  return dump_json_like_python(index) + "\n";
}

}  // namespace modelhost
