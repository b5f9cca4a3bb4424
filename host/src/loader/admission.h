// The gates between a library file and architectures that may be used.
#pragma once

#include <filesystem>
#include <vector>

#include "loader/file_identity.h"
#include "modelhost/host/loader/manifest.h"
#include "modelhost/plugin/plugin.h"

namespace modelhost::host {

/// Opens the library and gives its descriptor, whose id and version are the manifest's. Errors: those of
/// open_plugin_library (`checked` and `opened` as there), kPluginIdentity.
const PluginDescriptor& open_plugin(const Manifest& manifest, const std::filesystem::path& library,
                                    const FileIdentity& checked, bool& opened);

/// Collects what the plugin registers, checked against the manifest. Every spec's provider is the plugin's
/// id. Nothing is kept of a plugin that fails, except that its library stays open. Errors:
/// kRegistrationThrew, kRegistrationDiffers.
std::vector<ModelSpec> register_plugin(const Manifest& manifest, const PluginDescriptor& descriptor);

}  // namespace modelhost::host
