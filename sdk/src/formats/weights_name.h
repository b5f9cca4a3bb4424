// What the name of a weights file says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "modelhost/formats/weights_names.h"

namespace modelhost {

struct WeightsName {
  enum class Kind : uint8_t { kSingle, kShard, kIndex };
  WeightsFormat format = WeightsFormat::kSafetensors;
  std::string variant;
  Kind kind = Kind::kSingle;
  int count = 0;  ///< of a shard: how many there are by its name
};

/// nullopt for any name that WeightsFiles makes for no variant.
std::optional<WeightsName> parse_weights_name(std::string_view name);

}  // namespace modelhost
