// One plugin, outside of any PluginManager: for programs that check plugins.
#pragma once

#include <filesystem>
#include <vector>

#include "modelhost/host/loader/manifest.h"
#include "modelhost/registry/model_spec.h"

namespace modelhost::host {

/// Opens the library in this process and gives the classes that it registers, compared with the manifest and
/// entered in no registry. The library stays open until the process ends. There is no trial and no host
/// setting: whoever calls this wants to know what the plugin does. Errors: kNotALibrary, kStamp…,
/// kSharedSymbols, kPluginOpen, kPluginNoDescriptor, kPluginIdentity, kRegistrationThrew,
/// kRegistrationDiffers; kFileUnreadable, kNotRegularFile.
std::vector<ModelSpec> admit_plugin(const Manifest& manifest, const std::filesystem::path& library);

}  // namespace modelhost::host
