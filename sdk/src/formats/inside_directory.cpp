#include "inside_directory.h"

#include <system_error>

namespace modelhost {
namespace {

namespace fs = std::filesystem;

// The blobs folder of the hub cache that holds `directory`; empty where it is in none.
fs::path blobs_of(const fs::path& directory) {
  for (fs::path revision = directory; revision.has_relative_path(); revision = revision.parent_path()) {
    if (revision.parent_path().filename() == "snapshots")
      return revision.parent_path().parent_path() / "blobs";
  }
  return {};
}

}  // namespace

bool stays_inside(const fs::path& file, const fs::path& directory) {
  std::error_code status;
  if (!fs::is_symlink(file, status)) return true;
  const fs::path own = fs::canonical(directory, status);
  if (status) return false;
  fs::path target = fs::canonical(file, status);
  if (status)  // a link to nothing: where would it be?
    target = (own / fs::read_symlink(file, status)).lexically_normal();
  if (status) return false;
  const fs::path below = target.lexically_relative(own);
  if (!below.empty() && *below.begin() != "..") return true;
  const fs::path blobs = blobs_of(own);
  return !blobs.empty() && target.parent_path() == blobs;
}

}  // namespace modelhost
