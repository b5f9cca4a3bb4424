#include "modelhost/host/loader/search_path.h"

#include <dlfcn.h>

#include "modelhost/base/text.h"
#include "settings/user_directories.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

fs::path user_plugins() {
  const fs::path data = user_directory("XDG_DATA_HOME", ".local/share");
  return data.empty() ? fs::path() : data / "modelhost/plugins";
}

// An address inside this library. A function's would not do: a program may hold its own stub for it.
const char kHere = 0;

// Beside this library, so that an installed tree can be moved.
fs::path installed_plugins() {
  Dl_info info{};
  if (::dladdr(&kHere, &info) == 0 || !info.dli_fname) return {};
  std::error_code problem;
  const fs::path library = fs::canonical(info.dli_fname, problem);
  return problem ? fs::path() : library.parent_path() / "modelhost/plugins";
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
