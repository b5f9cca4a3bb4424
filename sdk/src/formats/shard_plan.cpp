#include "modelhost/formats/shard_plan.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <unordered_map>
#include <utility>

#include "modelhost/base/text.h"
#include "modelhost/formats/error_codes.h"

namespace modelhost {
namespace {

constexpr std::array<std::pair<std::string_view, double>, 4> kUnits{
    {{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}}};

Error bad_size(std::string got) {
  return Error(codes::kSaveOption, "the shard size is not usable")
      .key("max_shard_size")
      .expected("a number of bytes, or a number and TB, GB, MB or KB, e.g. \"5GB\"")
      .got(std::move(got));
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n\f\v";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kBlank) - first + 1));
}

std::optional<double> unit_of(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  for (const auto& [name, bytes] : kUnits) {
    if (text == name) return bytes;
  }
  return std::nullopt;
}

// Behind the tensors of a shard come those that share data with one of them, in the order of the owners.
void add_shared(std::vector<Shard>& shards, std::span<const TensorInfo> tensors, const SharedData& shared) {
  std::unordered_map<std::string_view, std::vector<std::size_t>> sharers;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto it = shared.find(tensors[i].name);
    if (it != shared.end()) sharers[it->second].push_back(i);
  }
  for (Shard& shard : shards) {
    std::vector<std::size_t> owners = shard.tensors;
    std::ranges::sort(owners);
    for (const std::size_t owner : owners) {
      const auto& others = sharers[tensors[owner].name];
      shard.tensors.insert(shard.tensors.end(), others.begin(), others.end());
    }
  }
  if (shards.size() == 1) std::ranges::sort(shards.front().tensors);
}

}  // namespace

uint64_t ByteSize::checked(int64_t bytes) {
  if (bytes <= 0) throw bad_size(std::to_string(bytes));
  return static_cast<uint64_t>(bytes);
}

uint64_t ByteSize::parse(std::string_view text) {
  const std::string size = trimmed(text);
  const auto unit = size.size() < 3 ? std::nullopt : unit_of(size.substr(size.size() - 2));
  if (!unit) throw bad_size(quote(text));
  const std::string number = trimmed(std::string_view(size).substr(0, size.size() - 2));
  char* end = nullptr;
  const double value = std::strtod(number.c_str(), &end) * *unit;
  const bool whole = !number.empty() && end == number.c_str() + number.size();
  if (!whole || !std::isfinite(value) || value < 1 || value >= 9e18) throw bad_size(quote(text));
  return static_cast<uint64_t>(value);
}

std::vector<Shard> plan_shards(std::span<const TensorInfo> tensors, uint64_t max_shard_size,
                               const SharedData& shared) {
  std::vector<Shard> shards;
  Shard open;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (shared.contains(tensors[i].name)) continue;
    const uint64_t size = tensors[i].bytes();
    if (size > max_shard_size) {
      shards.push_back({{i}, size});
      continue;
    }
    if (open.bytes + size > max_shard_size) shards.push_back(std::exchange(open, {}));
    open.tensors.push_back(i);
    open.bytes += size;
  }
  if (!open.tensors.empty() || shards.empty()) shards.push_back(std::move(open));
  if (!shared.empty()) add_shared(shards, tensors, shared);
  return shards;
}

}  // namespace modelhost
