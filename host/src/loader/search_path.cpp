#include "modelhost/host/loader/search_path.h"

#include "loader/host_library.h"
#include "loader/user_directories.h"
#include "modelhost/base/text.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

fs::path user_plugins() {
  const fs::path data = user_directory("XDG_DATA_HOME", ".local/share");
  return data.empty() ? fs::path() : data / "modelhost/plugins";
}

// Beside this library, so that an installed tree can be moved.
fs::path installed_plugins() {
  const fs::path folder = host_library_folder();
  return folder.empty() ? fs::path() : folder / "modelhost/plugins";
}

}  // namespace

std::string_view origin_name(PluginOrigin origin) {
  switch (origin) {
    case PluginOrigin::kFlag:
      return "--plugin-dir";
    case PluginOrigin::kEnvironment:
      return "MODELHOST_PLUGIN_PATH";
    case PluginOrigin::kSettings:
      return "settings";
    case PluginOrigin::kUser:
      return "user";
    case PluginOrigin::kInstalled:
      break;
  }
  return "installed";
}

SearchPath default_search_path(const std::vector<fs::path>& flags, const std::vector<fs::path>& settings) {
  SearchPath path;
  for (const fs::path& directory : flags) path.push_back({directory, PluginOrigin::kFlag});
  for (const std::string& directory : split_trimmed(environment("MODELHOST_PLUGIN_PATH"), ':')) {
    path.push_back({directory, PluginOrigin::kEnvironment});
  }
  for (const fs::path& directory : settings) path.push_back({directory, PluginOrigin::kSettings});
  if (const fs::path user = user_plugins(); !user.empty()) path.push_back({user, PluginOrigin::kUser});
  if (const fs::path installed = installed_plugins(); !installed.empty()) {
    path.push_back({installed, PluginOrigin::kInstalled});
  }
  return path;
}

}  // namespace modelhost::host
