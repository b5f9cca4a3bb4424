// Trees of files: linked into another place, deleted, listed.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <vector>

namespace modelhost {

/// Names of a directory's entries, sorted. Errors: kFileUnreadable.
std::vector<std::string> entry_names(const std::filesystem::path& directory);

/// Whether somebody gave the directory more than owner and mode (access control lists, attributes of users).
bool has_attributes(const std::filesystem::path& path);

/// Gives `to` owner and group of `from`, as far as this user may. Returns whether they agree now.
bool take_owner(const struct stat& from, const std::filesystem::path& to);

/// Makes `to` the same file as `from` (a hard link; links stay links). A directory is made anew and its
/// entries are linked. Returns false, with part of the work done, when something has to stay where it is: a
/// file that cannot be linked, a folder that would not be the same (a mount, somebody else's, one with
/// attributes). Errors: kFileUnwritable.
bool link_tree(const std::filesystem::path& from, const std::filesystem::path& to);

/// Deletes `path` and all below; never follows a link. Returns false when something could not be deleted.
bool remove_tree(const std::filesystem::path& path);

/// A copy of a regular file, synced, with its mode; a link is copied as a link. Errors: kFileUnwritable.
void copy_file_synced(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace modelhost
