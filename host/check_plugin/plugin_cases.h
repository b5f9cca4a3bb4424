// From a manifest to the cases of the conformance kit.
#pragma once

#include <filesystem>
#include <vector>

#include "modelhost/testing/conformance.h"

namespace modelhost::host {

/// The cases of a plugin: of its manifest, of its library, of its registration, and of every architecture
/// that the manifest names. Reads files and runs none of the plugin's code; the cases do. Of a manifest that
/// cannot be read, or names no library, only the cases that say so. `goldens` instead of the folder `goldens`
/// beside the manifest. Errors: those of conformance.json.
std::vector<testing::ConformanceCase> plugin_cases(const std::filesystem::path& manifest,
                                                   const std::filesystem::path& goldens = {});

}  // namespace modelhost::host
