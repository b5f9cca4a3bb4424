#include "modelhost/host/loader/search_path.h"

#include <dlfcn.h>

#include <cstdlib>

#include "modelhost/base/text.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// The XDG specification: a relative XDG_DATA_HOME is to be ignored.
fs::path user_plugins() {
  fs::path data = environment("XDG_DATA_HOME");
  if (!data.is_absolute()) {
    const fs::path home = environment("HOME");
    if (!home.is_absolute()) return {};
    data = home / ".local/share";
  }
  return data / "modelhost/plugins";
}

// Beside this library, so that an installed tree can be moved.
fs::path installed_plugins() {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&default_search_path), &info) == 0 || !info.dli_fname) return {};
  std::error_code problem;
  const fs::path library = fs::canonical(info.dli_fname, problem);
  return problem ? fs::path() : library.parent_path() / "modelhost/plugins";
}

}  // namespace

std::string_view origin_name(PluginOrigin origin) {
  switch (origin) {
    case PluginOrigin::kFlag: return "--plugin-dir";
    case PluginOrigin::kEnvironment: return "MODELHOST_PLUGIN_PATH";
    case PluginOrigin::kSettings: return "settings";
    case PluginOrigin::kUser: return "user";
    case PluginOrigin::kInstalled: break;
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
