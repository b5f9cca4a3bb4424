// The journal for directories that cannot be exchanged: all new files first, then a list, then the renames.
//
//   <target>/.modelhost-txn-<pid>-<random>/new/<file>   the new files
//   <target>/.modelhost-txn-<pid>-<random>/COMMIT
//       {"files": [{"name", "size", "crc32"}], "gate": name or "", "remove": [names]}
//
// COMMIT appears by a rename after everything else is synced; from then on the transaction happens, whoever
// does it. The gate is a file without which the directory is not taken for complete: it goes first and comes
// last, so that readers who know nothing of journals find nothing rather than a mixture.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "directory_lock.h"

namespace modelhost::redo_journal {

bool is_journal_name(std::string_view name);

/// A new journal in `target`, locked. Its `new/` directory exists. The caller holds the target's lock.
/// Errors: kFileUnwritable.
struct Journal {
  std::filesystem::path path;
  DirectoryLock lock;
  std::filesystem::path new_files() const { return path / "new"; }
};
Journal create(const std::filesystem::path& target);

/// Makes the transaction happen, though nothing is in place yet. Errors: kFileUnwritable.
void publish(const std::filesystem::path& journal, const std::vector<std::string>& remove,
             const std::string& gate);

/// Deletes a journal. COMMIT goes first: a list without its files would be a save that cannot be completed.
void discard(const std::filesystem::path& journal);

/// Puts the files of a published journal in place and deletes it. `check`: also compares sizes and checksums
/// before anything is moved. The caller holds the target's lock. Errors: kSaveUnfinished.
void roll_forward(const std::filesystem::path& target, const std::filesystem::path& journal, bool check);

/// The journals in `target`, sorted.
std::vector<std::filesystem::path> find(const std::filesystem::path& target);

/// Whether a journal in `target` waits to be finished.
bool has_published(const std::filesystem::path& target);

/// Finishes a published journal, removes one whose process is gone. The caller holds the target's lock.
/// Errors: kSaveUnfinished.
void recover(const std::filesystem::path& target, const std::filesystem::path& journal);

/// The same for all journals before a save replaces the files anyway: what cannot be finished is given up.
void recover_or_drop(const std::filesystem::path& target);

}  // namespace modelhost::redo_journal
