// What is different since an earlier look at the same directories.
#pragma once

#include <map>
#include <vector>

#include "loader/file_identity.h"
#include "modelhost/host/loader/plugin_manager.h"

namespace modelhost::host {

/// Notes (kReplaced) which loaded plugins have another library now; `files` says what was loaded.
void note_changed_libraries(std::vector<PluginEntry>& entries,
                            const std::map<std::filesystem::path, FileIdentity>& files);

ScanChanges compare_scans(const std::vector<PluginEntry>& before, const std::vector<PluginEntry>& after);

/// One line each: what a restart would change, and refusals, as warnings.
void log_changes(const ScanChanges& changes);

}  // namespace modelhost::host
