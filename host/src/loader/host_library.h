// Where this library was loaded from: its companions are found relative to it, so an installed tree can be
// moved.
#pragma once

#include <filesystem>
#include <string>

namespace modelhost::host {

/// The folder of libmodelhost_host.so, symbolic links resolved; empty where the system does not tell.
std::filesystem::path host_library_folder();

/// Differs between any two builds of the host: a verdict about a plugin holds for one of them only.
std::string host_build_id();

}  // namespace modelhost::host
