#include "stage_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "directory_tree.h"
#include "modelhost/files/file_writer.h"
#include "unique_name.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".stage";
constexpr std::size_t kLongestName = 200;  // a file name has at most 255 bytes
constexpr int kAttempts = 100;

std::string stage_prefix(const fs::path& target) {
  return "." + target.filename().string().substr(0, kLongestName) + ".";
}

// What stands between the prefix and ".stage"; empty: not a stage of that target.
std::string_view suffix_of(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix) || !name.ends_with(kSuffix)) return {};
  name.remove_prefix(prefix.size());
  if (name.size() <= kSuffix.size()) return {};
  name.remove_suffix(kSuffix.size());
  return is_unique_suffix(name) ? name : std::string_view();
}

bool may_not_write(int error_number) {
  return error_number == EACCES || error_number == EPERM || error_number == EROFS;
}

// A private model must not be readable while it is staged; the mode is set at the end. False: the stage would
// not be the target's equal.
bool prepare(StageDirectory& stage, const fs::path& target) {
  struct stat own {
  }, old_status{};
  if (::stat(stage.path.c_str(), &own) != 0) throw unwritable(stage.path, errno);
  stage.mode = own.st_mode & 07777;
  const bool replaces = ::stat(target.c_str(), &old_status) == 0;
  if (replaces && !take_owner(old_status, stage.path)) return false;
  const mode_t group_is_inherited = (replaces ? old_status.st_mode : own.st_mode) & S_ISGID;
  if (::chmod(stage.path.c_str(), S_IRWXU | group_is_inherited) != 0) throw unwritable(stage.path, errno);
  if (::stat(stage.path.c_str(), &own) != 0) throw unwritable(stage.path, errno);
  return (own.st_mode & S_ISGID) == group_is_inherited;
}

}  // namespace

std::optional<StageDirectory> make_stage_beside(const fs::path& target) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const fs::path path =
        target.parent_path() / (stage_prefix(target) + unique_suffix() + std::string(kSuffix));
    if (::mkdir(path.c_str(), 0777) != 0) {
      if (may_not_write(errno)) return std::nullopt;
      throw unwritable(path, errno);
    }
    StageDirectory stage{path, DirectoryLock::try_once(path)};
    const auto state = stage.lock.state();
    // Busy or gone: another save took it for a dead one before it was locked.
    if (state == DirectoryLock::State::kBusy || state == DirectoryLock::State::kGone) continue;
    try {
      if (prepare(stage, target)) return stage;
    } catch (...) {
      remove_tree(path);
      throw;
    }
    remove_tree(path);
    return std::nullopt;
  }
  throw unwritable(target.parent_path(), EAGAIN);
}

void remove_dead_stages(const fs::path& target) {
  const std::string prefix = stage_prefix(target);
  std::error_code status;
  for (fs::directory_iterator it(target.parent_path(), status), end; !status && it != end;
       it.increment(status)) {
    const std::string name = it->path().filename().string();
    const std::string_view suffix = suffix_of(name, prefix);
    if (suffix.empty()) continue;
    const DirectoryLock lock = lock_if_dead(it->path(), suffix);
    if (lock.state() == DirectoryLock::State::kHeld) remove_tree(it->path());
  }
}

}  // namespace modelhost
