// Looking into the directories of a search path.
#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <utility>

#include "modelhost/base/error_codes.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/host/loader/search_path.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifestSuffix = ".plugin.yaml";

// Files and directories that were met: the same one may have several names.
class Seen {
 public:
  bool add(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && known_.insert({status.st_dev, status.st_ino}).second;
  }

 private:
  std::set<std::pair<dev_t, ino_t>> known_;
};

std::vector<fs::path> sorted_entries(const fs::path& directory) {
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) entries.push_back(entry.path());
  std::ranges::sort(entries);
  return entries;
}

bool is_manifest(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.size() > kManifestSuffix.size() && name.ends_with(kManifestSuffix);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

void add_manifests(const fs::path& directory, Seen& seen, std::vector<fs::path>& manifests) {
  for (const fs::path& path : sorted_entries(directory)) {
    if (!is_manifest(path) || is_folder(path) || !seen.add(path)) continue;
    std::error_code problem;
    fs::path canonical = fs::canonical(path, problem);
    if (!problem) manifests.push_back(std::move(canonical));
  }
}

void list(DirectoryListing& listing, Seen& seen) {
  if (listing.origin != PluginOrigin::kFlag) check_not_world_writable(listing.path);
  add_manifests(listing.path, seen, listing.manifests);
  for (const fs::path& path : sorted_entries(listing.path)) {
    if (!is_folder(path)) continue;
    try {
      add_manifests(path, seen, listing.manifests);
    } catch (const fs::filesystem_error&) {
      // A folder that we may not read is somebody else's business: the others still count.
    }
  }
}

}  // namespace

void check_not_world_writable(const fs::path& path) {
  struct stat status {};
  fs::path open;
  for (fs::path place = path; open.empty() && !place.empty(); place = place.parent_path()) {
    if (::stat(place.c_str(), &status) != 0) return;
    // In a sticky directory above, as /tmp is one, nobody can rename what belongs to another.
    const bool harmless = (status.st_mode & S_ISVTX) != 0 && place != path;
    if ((status.st_mode & S_IWOTH) != 0 && !harmless) open = place;
    if (place == place.root_path()) break;
  }
  if (open.empty()) return;
  throw Error(codes::kPluginUnsafeDirectory,
              "plugins are code: everybody can write to the place that they would come from")
      .file(open.string())
      .fix("chmod o-w it, or name the plugins' directory with --plugin-dir if that is what you want");
}

std::vector<DirectoryListing> list_plugin_directories(const SearchPath& path) {
  std::vector<DirectoryListing> listings;
  Seen seen;
  for (const SearchDirectory& directory : path) {
    const bool named =
        directory.origin != PluginOrigin::kUser && directory.origin != PluginOrigin::kInstalled;
    DirectoryListing listing{directory.path, directory.origin, {}, std::nullopt};
    try {
      if (!is_folder(directory.path)) {
        if (!named) continue;
        throw Error(codes::kNoSuchDirectory, "plugin directory does not exist")
            .file(directory.path.string())
            .note("named by " + std::string(origin_name(directory.origin)));
      }
      listing.path = fs::canonical(directory.path);
      if (!seen.add(listing.path)) continue;
      list(listing, seen);
    } catch (const Error& error) {
      listing.problem = error;
    } catch (const std::exception& error) {
      listing.problem =
          Error(codes::kFileUnreadable, std::string("plugin directory cannot be read: ") + error.what());
    }
    listings.push_back(std::move(listing));
  }
  return listings;
}

}  // namespace modelhost::host
