#include "directory_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <random>
#include <utility>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/file_writer.h"
#include "modelhost/base/mapped_file.h"

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

bool has_no_hard_links(int error_number) {
  return error_number == EPERM || error_number == EMLINK || error_number == ENOTSUP || error_number == ENOSYS;
}

bool link_file(const fs::path& from, const fs::path& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return true;
  if (errno == EXDEV) return false;  // a file that is mounted into the directory
  if (!has_no_hard_links(errno)) throw unwritable(to, errno);
  copy_file_synced(from, to);
  return true;
}

bool link_directory(const fs::path& from, const fs::path& to, const struct stat& status) {
  struct stat parent = status_of(from.parent_path());
  if (parent.st_dev != status.st_dev) return false;  // a mount point
  if (::mkdir(to.c_str(), 0700) != 0) throw unwritable(to, errno);
  for (const std::string& name : entry_names(from)) {
    if (!link_tree(from / name, to / name)) return false;
  }
  if (::chown(to.c_str(), status.st_uid, status.st_gid) != 0) errno = 0;  // only root can, and need not
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

std::string unique_suffix() {
  std::random_device random;
  char text[48];
  std::snprintf(text, sizeof text, "%d-%08x%08x", static_cast<int>(::getpid()), random(), random());
  return text;
}

bool is_unique_suffix(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos || dash == 0 || text.size() != dash + 17) return false;
  return text.substr(0, dash).find_first_not_of("0123456789") == std::string_view::npos &&
         text.substr(dash + 1).find_first_not_of("0123456789abcdef") == std::string_view::npos;
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
