// From directories to a list of plugins, by their manifests alone.
#pragma once

#include <vector>

#include "modelhost/host/loader/plugin_manager.h"

namespace modelhost::host {

/// One entry a manifest, in search order, refused where the manifest or its place is unusable. Of two with
/// the same id the later one is shadowed, or both are refused (kPluginDuplicateId) when they stand in the
/// same directory.
std::vector<PluginEntry> scan_plugins(const std::vector<DirectoryListing>& directories);

/// Keeps what is loaded: its entry replaces the fresh one of the same manifest, and it shadows others with
/// its id. Its `change` says what a restart would find instead.
void keep_loaded(const std::vector<PluginEntry>& before, std::vector<PluginEntry>& entries);

/// Does the entry's manifest offer that model type?
bool offers(const PluginEntry& entry, std::string_view model_type);

}  // namespace modelhost::host
