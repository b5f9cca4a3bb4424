// Where plugins are looked for, and in which order.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "modelhost/base/error.h"

namespace modelhost::host {

/// Who named a directory. Whatever a person named must exist; only a flag may name a directory that everybody
/// can write to.
enum class PluginOrigin { kFlag, kEnvironment, kSettings, kUser, kInstalled };

std::string_view origin_name(PluginOrigin origin);  ///< "--plugin-dir", "MODELHOST_PLUGIN_PATH" …

struct SearchDirectory {
  std::filesystem::path path;
  PluginOrigin origin;
};

using SearchPath = std::vector<SearchDirectory>;

/// The search order: `flags` (--plugin-dir), the environment variable MODELHOST_PLUGIN_PATH (a list separated
/// by colons), `settings` (plugin_dirs of a run config and of host settings),
/// $XDG_DATA_HOME/modelhost/plugins (~/.local/share without XDG_DATA_HOME) and <folder of
/// libmodelhost_host.so>/modelhost/plugins. Nothing is checked yet.
SearchPath default_search_path(const std::vector<std::filesystem::path>& flags = {},
                               const std::vector<std::filesystem::path>& settings = {});

/// What a directory holds.
struct DirectoryListing {
  std::filesystem::path path;  ///< canonical where it exists
  PluginOrigin origin;
  std::vector<std::filesystem::path> manifests;  ///< canonical, sorted: *.plugin.yaml and */*.plugin.yaml
  std::optional<Error> problem;  ///< why the directory is not used: kNoSuchDirectory, kFileUnreadable,
                                 ///< kPluginUnsafeDirectory
};

/// Lists the directories in order. A directory or manifest that was met before (same device and inode) is
/// left out, as is a missing directory that nobody named. Reads no file.
std::vector<DirectoryListing> list_plugin_directories(const SearchPath& path);

/// Errors: kPluginUnsafeDirectory when everybody may write to `path` (a file or a directory).
void check_not_world_writable(const std::filesystem::path& path);

}  // namespace modelhost::host
