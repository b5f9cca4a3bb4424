// The keys of a run config. configs/schemas/run.schema.json lists the same ones; a test compares them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace modelhost::host {

inline constexpr auto kRunKeys = std::to_array<std::string_view>(
    {"run", "model", "task", "architecture", "plugin_dirs", "options", "input", "output"});
inline constexpr auto kRunInputKeys = std::to_array<std::string_view>({"texts", "file"});
inline constexpr auto kRunOutputKeys = std::to_array<std::string_view>({"format", "path"});

inline constexpr auto kDtypes = std::to_array<std::string_view>({"auto", "float32", "float16", "bfloat16"});
inline constexpr auto kAttentions = std::to_array<std::string_view>({"sdpa", "eager"});
inline constexpr auto kDevices = std::to_array<std::string_view>({"cpu"});
inline constexpr auto kReadModes = std::to_array<std::string_view>({"auto", "map", "parallel", "sequential"});
inline constexpr int64_t kMostThreads = 4096;
inline constexpr int kRunSchemaVersion = 1;

}  // namespace modelhost::host
