// The keys of a manifest. configs/schemas/manifest.schema.json lists the same ones; a test compares them.
#pragma once

#include <array>
#include <string_view>

namespace modelhost::host {

inline constexpr auto kManifestKeys = std::to_array<std::string_view>({"manifest", "plugin", "models"});
inline constexpr auto kManifestPluginKeys = std::to_array<std::string_view>(
    {"id", "version", "library", "sdk", "description", "license", "homepage"});
inline constexpr auto kManifestModelKeys = std::to_array<std::string_view>(
    {"model_type", "config_class", "base_model_prefix", "_supports_assign_param_buffer", "architectures"});

inline constexpr int kManifestSchemaVersion = 1;

}  // namespace modelhost::host
