// A new plugin's project, from the templates in tools/new_plugin/.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace modelhost::host {

/// What an author decides.
struct PluginProject {
  std::string id;          ///< reverse DNS, e.g. "org.acme.foo"
  std::string model_type;  ///< config.json's, e.g. "foo-bar"
  std::string class_name;  ///< the beginning of all class names; empty: from the model type, "FooBar"
  bool is_decoder = false;
  std::filesystem::path directory;  ///< empty: "<model_type>-plugin"
};

/// Writes the project and returns its files, by name. `prefix` is where the SDK is installed, and may be
/// empty. Errors: kUsage for an id, model type or name that cannot be one, and for a directory that holds
/// something already; kFileUnwritable.
std::vector<std::string> write_plugin_project(PluginProject& project, const std::filesystem::path& prefix);

}  // namespace modelhost::host
