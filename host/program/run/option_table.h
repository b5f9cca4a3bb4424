// Options of a run config as a table: a row says what a key is called and where its value goes.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "modelhost/host/yaml/yaml_reader.h"

namespace modelhost::host {

template <typename Options>
struct OptionRow {
  std::string_view key;
  void (*read)(const YamlValue& value, Options& options);  ///< Errors: those of YamlValue
};

template <typename Options, std::size_t N>
constexpr std::array<std::string_view, N> keys_of(const std::array<OptionRow<Options>, N>& table) {
  std::array<std::string_view, N> keys;
  for (std::size_t i = 0; i < N; ++i) keys[i] = table[i].key;
  return keys;
}

/// Takes what `map` has of the table's keys.
template <typename Options, std::size_t N>
void read_options(const YamlMap& map, const std::array<OptionRow<Options>, N>& table, Options& options) {
  for (const OptionRow<Options>& row : table) {
    if (const auto value = map.find(row.key)) row.read(*value, options);
  }
}

}  // namespace modelhost::host
