// Directories beside a target that will trade places with it.
#pragma once

#include <filesystem>
#include <optional>

#include "directory_lock.h"

namespace modelhost {

struct StageDirectory {
  std::filesystem::path path;
  DirectoryLock lock;
};

/// A new, locked directory `.<name>.<pid>-<random>.stage` beside `target`, with the mode of `target` if that
/// exists. nullopt where none can be made because nothing may be written there. Errors: kFileUnwritable.
std::optional<StageDirectory> make_stage_beside(const std::filesystem::path& target);

/// Removes stages of `target` whose processes are gone.
void remove_dead_stages(const std::filesystem::path& target);

}  // namespace modelhost
