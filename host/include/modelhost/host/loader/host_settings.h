// Host settings: what the operator of a machine decides about plugins, whoever starts which program.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace modelhost::host {

/// `trial:`. A library that was never seen is first opened in a process of its own.
struct TrialSettings {
  bool enabled = true;
  int64_t seconds = 10;  ///< that opening and registration may take
};

struct HostSettings {
  std::filesystem::path file;  ///< absolute; empty when the settings come from no file
  /// Searched after --plugin-dir, MODELHOST_PLUGIN_PATH and a run config's plugin_dirs. Absolute.
  std::vector<std::filesystem::path> plugin_dirs;
  std::set<std::string, std::less<>> disable;  ///< plugin ids and model types
  /// Who may register what several plugins offer: architecture, or model type, -> plugin id.
  std::map<std::string, std::string, std::less<>> prefer;
  std::map<std::string, std::string, std::less<>> pin;  ///< plugin id -> SHA-256 of its library, in hex
  /// Flags that are false whatever the plugin says: plugin id, or model type, -> names as in a manifest.
  std::map<std::string, std::set<std::string>, std::less<>> narrow;
  TrialSettings trial;
};

/// Reads host settings (configs/schemas/settings.schema.json describes the format). Relative plugin_dirs are
/// relative to the file's directory; none needs to exist. Errors: kFileUnreadable, kNotRegularFile;
/// kYamlSyntax, kYamlMissingKey, kYamlUnknownKey, kYamlValue, each with line and column.
HostSettings load_host_settings(const std::filesystem::path& path);

/// The settings of this user and program: the file `flag` (--settings) if given, else the one that the
/// environment variable MODELHOST_SETTINGS names, else $XDG_CONFIG_HOME/modelhost/host.yaml (~/.config
/// without XDG_CONFIG_HOME) if there is one, else the defaults. Errors: those of load_host_settings;
/// kPluginUnsafeDirectory when everybody can write to a file that no flag named, since it can name plugins.
HostSettings find_host_settings(const std::optional<std::filesystem::path>& flag = std::nullopt);

}  // namespace modelhost::host
