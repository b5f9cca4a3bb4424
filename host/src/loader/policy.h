// What host settings say about plugins: who is disabled, who is preferred, what is pinned, what is turned
// off.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "modelhost/host/loader/host_settings.h"
#include "modelhost/host/loader/plugin_manager.h"
#include "modelhost/registry/model_spec.h"

namespace modelhost::host {

/// Refuses (kPluginDisabled) the plugins that `disable` names, and those of which it names every model type.
/// One that is loaded stays so, and its `change` tells.
void refuse_disabled(std::vector<PluginEntry>& entries, const HostSettings& settings);

/// May no plugin serve that model type?
bool is_disabled(std::string_view model_type, const HostSettings& settings);

/// kPluginDisabled for a model type.
Error disabled_error(std::string_view model_type, const HostSettings& settings);

/// Architecture -> id of the plugin that serves it, of those that several usable plugins offer.
using Owners = std::map<std::string, std::string, std::less<>>;

/// Decides between plugins that offer the same architecture. Those that `prefer` decides nothing about are
/// refused (kRegistrationConflict), as are those that come too late: what is in the registry stays there.
Owners decide_owners(std::vector<PluginEntry>& entries, const HostSettings& settings,
                     const ModelRegistry& registry);

/// Does the plugin serve none of what it offers of that model type, because others own all of it?
bool owns_nothing(const Manifest& manifest, std::string_view model_type, const Owners& owners);

/// Errors: kPluginPin when the library is not the one that the settings pin for the plugin.
void check_pin(const Manifest& manifest, const std::filesystem::path& library, const HostSettings& settings);

/// Takes away from what the plugin registered what is disabled or owned by another, and turns off its
/// narrowed flags.
void apply_policy(std::vector<ModelSpec>& specs, const std::string& id, const Owners& owners,
                  const HostSettings& settings);

/// One line for each name in the settings that no plugin has and that is nearly the name of one. Settings may
/// also speak of plugins that are not installed.
std::vector<std::string> misspelt_names(const std::vector<PluginEntry>& entries,
                                        const HostSettings& settings);

}  // namespace modelhost::host
