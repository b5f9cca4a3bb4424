// Trees of files: linked into another place, deleted, listed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace modelhost {

/// Names of a directory's entries, sorted. Errors: kFileUnreadable.
std::vector<std::string> entry_names(const std::filesystem::path& directory);

/// "<pid>-<16 hex digits>", new each time: for names that no other process uses.
std::string unique_suffix();
bool is_unique_suffix(std::string_view text);

/// Makes `to` the same file as `from` (a hard link; links stay links). Where the file system has no hard
/// links the file is copied. A directory is made anew and its entries are linked. Returns false, with part of
/// the work done, when something belongs to another file system. Errors: kFileUnwritable.
bool link_tree(const std::filesystem::path& from, const std::filesystem::path& to);

/// Deletes `path` and all below; never follows a link. Returns false when something could not be deleted.
bool remove_tree(const std::filesystem::path& path);

/// A copy of a regular file, synced, with its mode; a link is copied as a link. Errors: kFileUnwritable.
void copy_file_synced(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace modelhost
