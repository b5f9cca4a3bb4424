// The keys of host settings. configs/schemas/settings.schema.json lists the same ones; a test compares them.
#pragma once

#include <array>
#include <string_view>

namespace modelhost::host {

inline constexpr auto kHostSettingsKeys = std::to_array<std::string_view>(
    {"settings", "plugin_dirs", "disable", "prefer", "pin", "narrow", "trial"});
inline constexpr auto kTrialKeys = std::to_array<std::string_view>({"enabled", "seconds"});

/// Flags of a plugin that settings may turn off, under their names in manifests.
inline constexpr std::string_view kAssignFlag = "_supports_assign_param_buffer";
inline constexpr auto kNarrowFlags = std::to_array<std::string_view>({kAssignFlag});

inline constexpr int kMostTrialSeconds = 3600;
inline constexpr int kHostSettingsSchemaVersion = 1;

}  // namespace modelhost::host
