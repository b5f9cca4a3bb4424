#include "modelhost/formats/checkpoint_names.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"

namespace modelhost {
namespace {

using Kind = CheckpointPart::Kind;

constexpr std::string_view kShard = "-#####-of-#####", kJson = ".json";

bool is_variant_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
}

// "-00001-of-00002"
bool is_shard_number(std::string_view text) {
  return text.size() == kShard.size() && std::ranges::equal(text, kShard, [](char c, char pattern) {
           return pattern == '#' ? c >= '0' && c <= '9' : c == pattern;
         });
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

bool ends_like_shard(std::string_view text) {
  return text.size() >= kShard.size() && is_shard_number(text.substr(text.size() - kShard.size()));
}

// "" or ".fp16"
bool set_variant(CheckpointPart& parsed, std::string_view dotted) {
  const bool fits = dotted.empty() || (dotted.size() > 1 && dotted.front() == '.' &&
                                       std::ranges::all_of(dotted, is_variant_character));
  if (fits && !dotted.empty()) parsed.variant = dotted.substr(1);
  return fits;
}

std::optional<CheckpointPart> parse_as(std::string_view name, const FormatRow& row) {
  CheckpointPart parsed;
  parsed.format = row.format;
  const std::string index = joined({row.stem, row.extension, ".index"});
  std::string_view middle = name;
  if (name.size() >= index.size() + kJson.size() && name.starts_with(index) && name.ends_with(kJson)) {
    parsed.kind = Kind::kIndex;
    middle = name.substr(index.size(), name.size() - index.size() - kJson.size());
  } else if (name.size() >= row.stem.size() + row.extension.size() && name.starts_with(row.stem) &&
             name.ends_with(row.extension)) {
    middle = name.substr(row.stem.size(), name.size() - row.stem.size() - row.extension.size());
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

CheckpointNames::CheckpointNames(std::string variant, WeightsFormat format) : format_(format) {
  if (variant.empty()) return;
  if (!std::ranges::all_of(variant, is_variant_character)) {
    throw Error(codes::kSaveOption, "the variant is not usable")
        .key("variant")
        .expected("letters, digits, '.', '_' and '-'")
        .got(quote(variant));
  }
  dotted_variant_ = "." + std::move(variant);
}

std::string CheckpointNames::single() const {
  const FormatRow& row = format_row(format_);
  return joined({row.stem, dotted_variant_, row.extension});
}

std::string CheckpointNames::index() const {
  const FormatRow& row = format_row(format_);
  return joined({row.stem, row.extension, ".index", dotted_variant_, ".json"});
}

std::string CheckpointNames::shard(std::size_t number, std::size_t count) const {
  char text[64];
  std::snprintf(text, sizeof text, "-%05zu-of-%05zu", number, count);
  const FormatRow& row = format_row(format_);
  return joined({row.stem, dotted_variant_, text, row.extension});
}

bool CheckpointNames::owns(std::string_view name) const {
  return std::ranges::any_of(weights_formats(), [&](const FormatRow& row) {
    const std::string start = joined({row.stem, dotted_variant_});
    if (name == joined({row.stem, row.extension, ".index", dotted_variant_, ".json"})) return true;
    if (!name.starts_with(start) || !name.ends_with(row.extension)) return false;
    if (name.size() < start.size() + row.extension.size()) return false;
    const std::string_view middle =
        name.substr(start.size(), name.size() - start.size() - row.extension.size());
    return middle.empty() || is_shard_number(middle);
  });
}

std::optional<CheckpointPart> checkpoint_part(std::string_view name) {
  for (const FormatRow& row : weights_formats()) {
    if (auto part = parse_as(name, row)) return part;
  }
  return std::nullopt;
}

}  // namespace modelhost
