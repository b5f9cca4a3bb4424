#include "stage_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "directory_tree.h"
#include "modelhost/base/file_writer.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".stage";
constexpr std::size_t kLongestName = 200;  // a file name has at most 255 bytes
constexpr int kAttempts = 100;

std::string stage_prefix(const fs::path& target) {
  return "." + target.filename().string().substr(0, kLongestName) + ".";
}

bool is_stage_of(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix) || !name.ends_with(kSuffix)) return false;
  name.remove_prefix(prefix.size());
  return name.size() > kSuffix.size() && is_unique_suffix(name.substr(0, name.size() - kSuffix.size()));
}

bool may_not_write(int error_number) {
  return error_number == EACCES || error_number == EPERM || error_number == EROFS;
}

// A private model must not be readable while it is staged. The exact mode is set at the end.
void take_mode_and_owner(const fs::path& stage, const fs::path& target) {
  struct stat status {};
  if (::stat(target.c_str(), &status) != 0) return;
  if (::chown(stage.c_str(), status.st_uid, status.st_gid) != 0) errno = 0;  // only root can, and need not
  if (::chmod(stage.c_str(), (status.st_mode & 07777) | S_IRWXU) != 0) throw unwritable(stage, errno);
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
      take_mode_and_owner(path, target);
    } catch (...) {
      remove_tree(path);
      throw;
    }
    return stage;
  }
  throw unwritable(target.parent_path(), EAGAIN);
}

void remove_dead_stages(const fs::path& target) {
  const std::string prefix = stage_prefix(target);
  std::error_code status;
  for (fs::directory_iterator it(target.parent_path(), status), end; !status && it != end;
       it.increment(status)) {
    if (!is_stage_of(it->path().filename().string(), prefix)) continue;
    const DirectoryLock lock = DirectoryLock::try_once(it->path());
    if (lock.state() == DirectoryLock::State::kHeld) remove_tree(it->path());
  }
}

}  // namespace modelhost
