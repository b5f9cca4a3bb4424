#include "directory_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "modelhost/base/error_codes.h"
#include "modelhost/files/file_writer.h"
#include "modelhost/files/mapped_file.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kModeBits = 07777;

std::vector<std::string> list(const fs::path& directory, std::error_code& status) {
  std::vector<std::string> names;
  for (fs::directory_iterator it(directory, status), end; !status && it != end; it.increment(status)) {
    names.push_back(it->path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

struct stat status_of(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) throw unwritable(path, errno);
  return status;
}

// No hard links here, not to this file, or not from that place: a mounted file, or one of another user.
bool cannot_link(int error_number) {
  constexpr std::array kReasons{EXDEV, EPERM, EACCES, EMLINK, ENOTSUP, ENOSYS};
  return std::ranges::find(kReasons, error_number) != kReasons.end();
}

bool link_file(const fs::path& from, const fs::path& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return true;
  if (!cannot_link(errno)) throw unwritable(to, errno);
  return false;
}

bool link_directory(const fs::path& from, const fs::path& to, const struct stat& status) {
  struct stat parent = status_of(from.parent_path());
  if (parent.st_dev != status.st_dev || has_attributes(from)) return false;
  if (::mkdir(to.c_str(), 0700) != 0) throw unwritable(to, errno);
  if (!take_owner(status, to)) return false;
  for (const std::string& name : entry_names(from)) {
    if (!link_tree(from / name, to / name)) return false;
  }
  if (::chmod(to.c_str(), status.st_mode & kModeBits) != 0) throw unwritable(to, errno);
  sync_directory(to);
  return true;
}

}  // namespace

std::vector<std::string> entry_names(const fs::path& directory) {
  std::error_code status;
  std::vector<std::string> names = list(directory, status);
  if (status) {
    throw Error(codes::kFileUnreadable, "directory cannot be read: " + status.message())
        .file(directory.string());
  }
  return names;
}

bool has_attributes(const fs::path& path) {
  std::string names(std::size_t{1} << 16, '\0');
  const ssize_t size = ::llistxattr(path.c_str(), names.data(), names.size());
  if (size < 0) return errno != ENOTSUP && errno != ENOSYS;
  for (std::size_t at = 0; at < static_cast<std::size_t>(size); at = names.find('\0', at) + 1) {
    // The system labels a new directory by itself.
    if (!std::string_view(names.c_str() + at).starts_with("security.")) return true;
  }
  return false;
}

bool take_owner(const struct stat& from, const fs::path& to) {
  if (::lchown(to.c_str(), from.st_uid, from.st_gid) == 0) return true;
  const bool group = ::lchown(to.c_str(), static_cast<uid_t>(-1), from.st_gid) == 0;
  return group && status_of(to).st_uid == from.st_uid;
}

bool link_tree(const fs::path& from, const fs::path& to) {
  const struct stat status = status_of(from);
  return S_ISDIR(status.st_mode) ? link_directory(from, to, status) : link_file(from, to);
}

bool remove_tree(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return errno == ENOENT;
  if (!S_ISDIR(status.st_mode)) return ::unlink(path.c_str()) == 0 || errno == ENOENT;
  bool all = true;
  std::error_code ignored;  // then rmdir fails
  for (const std::string& name : list(path, ignored)) all = remove_tree(path / name) && all;
  return (::rmdir(path.c_str()) == 0 || errno == ENOENT) && all;
}

void copy_file_synced(const fs::path& from, const fs::path& to) {
  const struct stat status = status_of(from);
  if (S_ISLNK(status.st_mode)) {
    std::error_code error;
    fs::copy_symlink(from, to, error);
    if (error) throw unwritable(to, error.value());
    return;
  }
  const auto source = MappedFile::open(from);
  FileWriter copy(to);
  if (::chmod(to.c_str(), status.st_mode & kModeBits) != 0) throw unwritable(to, errno);
  copy.write(std::as_const(*source).bytes());
  copy.finish();
}

}  // namespace modelhost
