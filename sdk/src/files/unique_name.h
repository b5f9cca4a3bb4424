// Names that no other process uses, and whether the process that made one may still live.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "directory_lock.h"

namespace modelhost {

/// "<pid>-<8 hex digits of this machine><8 random ones>", new each time.
std::string unique_suffix();
bool is_unique_suffix(std::string_view text);

/// A lock on the directory `path`, whose name has this suffix, if whoever made it is gone (state kHeld). On a
/// network file system a lock says nothing about other machines: what one of them made counts as alive for a
/// day.
DirectoryLock lock_if_dead(const std::filesystem::path& path, std::string_view suffix);

/// Whether locks may not reach everybody who uses the file system of `path`.
bool is_network_file_system(const std::filesystem::path& path);

}  // namespace modelhost
