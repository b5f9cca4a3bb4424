// The journal for directories that cannot be exchanged: all new files first, then a list, then the renames.
//
//   <target>/.modelhost-txn-<pid>-<random>/new/<file>   the new files
//   <target>/.modelhost-txn-<pid>-<random>/COMMIT       {"files": [{"name", "size", "crc32"}], "remove":
//   [names]}
//
// COMMIT appears by a rename after everything else is synced; from then on the transaction happens, whoever
// does it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "directory_lock.h"

namespace modelhost::redo_journal {

bool is_journal_name(std::string_view name);

/// A new journal in `target`, locked. Its `new/` directory exists. Errors: kFileUnwritable.
struct Journal {
  std::filesystem::path path;
  DirectoryLock lock;
  std::filesystem::path new_files() const { return path / "new"; }
};
Journal create(const std::filesystem::path& target);

/// Makes the transaction happen, though nothing is in place yet. Errors: kFileUnwritable.
void publish(const std::filesystem::path& journal, const std::vector<std::string>& remove);

/// Puts the files of a published journal in place and deletes it. `check`: also compares sizes and checksums
/// before anything is moved. The caller holds the target's lock. Errors: kSaveUnfinished.
void roll_forward(const std::filesystem::path& target, const std::filesystem::path& journal, bool check);

/// The journals in `target`.
std::vector<std::filesystem::path> find(const std::filesystem::path& target);

/// Finishes a published journal, removes one whose process is gone. The caller holds the target's lock.
/// Errors: kSaveUnfinished.
void recover(const std::filesystem::path& target, const std::filesystem::path& journal);

/// The same for all journals before a save replaces the files anyway: what cannot be finished is given up.
void recover_or_drop(const std::filesystem::path& target);

}  // namespace modelhost::redo_journal
