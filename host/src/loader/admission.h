// The gates between a library file and architectures that may be used.
#pragma once

#include <filesystem>
#include <vector>

#include "loader/file_identity.h"
#include "modelhost/host/loader/manifest.h"
#include "modelhost/registry/model_spec.h"

namespace modelhost::host {

/// Opens the library and collects what it registers, checked against the manifest. Every spec's provider is
/// the plugin's id. Nothing is kept of a plugin that fails, except that its library stays open. Errors: those
/// of open_plugin_library (and `checked` and `opened` as there), kPluginIdentity, kRegistrationThrew,
/// kRegistrationDiffers.
std::vector<ModelSpec> admit_plugin(const Manifest& manifest, const std::filesystem::path& library,
                                    const FileIdentity& checked, bool& opened);

}  // namespace modelhost::host
