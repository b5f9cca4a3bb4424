// Directories beside a target that will trade places with it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

#include "directory_lock.h"

namespace modelhost {

struct StageDirectory {
  std::filesystem::path path;
  DirectoryLock lock;
  mode_t mode = 0;  // that a new directory has here by the umask
};

/// A new, locked directory `.<name>.<pid>-<random>.stage` beside `target`, for this user alone, with owner
/// and group of `target` if that exists. nullopt where nothing may be written, or owner and group cannot be
/// had. Errors: kFileUnwritable.
std::optional<StageDirectory> make_stage_beside(const std::filesystem::path& target);

/// Removes stages of `target` whose processes are gone.
void remove_dead_stages(const std::filesystem::path& target);

}  // namespace modelhost
