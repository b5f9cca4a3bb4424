// Replacing what a directory holds in one step: whatever stops the process, the directory afterwards holds
// all of the old or all of the new.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace modelhost {

/// One replacement. New files are written into `stage()`; `commit` makes them appear in the directory
/// together.
///
/// The usual way: the stage is a directory beside the target, `.<name>.<pid>-<random>.stage`. Files that stay
/// are hard-linked into it, and the two directories trade places (`renameat2` with RENAME_EXCHANGE): one step
/// for every reader, in any language. The old directory is then deleted. Files are replaced, never written
/// into, so whoever has one mapped keeps its bytes.
///
/// Where directories cannot trade places (the target is a mount point or holds one, its parent is not
/// writable, the file system cannot do it) or should not (the process works inside it, it belongs to somebody
/// else, it has access control lists, files in it cannot be linked, another save is using a journal), a
/// journal inside the target is used: `.modelhost-txn-<pid>-<random>/` receives all files and then a list of
/// them, COMMIT. From then on the new files count; they are renamed into place one by one, and whoever finds
/// an unfinished list finishes it (`recover_directory`). Readers that know nothing of the journal may see
/// some of the files change before others; a gate (`set_gate`) keeps them out meanwhile.
///
/// Stages and journals of processes that died are removed by the next save to the same directory. A process
/// that lives holds a lock (flock) on its own. On a network file system locks may not reach other machines:
/// there, what another machine left is removed when it is a day old. Two processes that save to one directory
/// come one after the other.
class AtomicDirectory {
 public:
  /// Prepares a replacement of `target`, which may exist or not; its parents are made. A link to a directory
  /// stands for that directory. Errors: kSaveTarget (a file, a link to nothing), kFileUnwritable.
  explicit AtomicDirectory(const std::filesystem::path& target);
  AtomicDirectory(const AtomicDirectory&) = delete;
  AtomicDirectory& operator=(const AtomicDirectory&) = delete;
  /// Without a commit: removes the stage, the target is as before.
  ~AtomicDirectory();

  /// Where new files go, each synced by its writer (FileWriter), also in folders. By exchange folders change
  /// in the same step, and what the old ones hold beside the new files stays; with a journal each goes just
  /// before.
  const std::filesystem::path& stage() const;
  /// The directory that is replaced, links resolved.
  const std::filesystem::path& target() const;
  bool uses_journal() const;

  /// Names a file without which readers do not take the directory for complete (config.json). Where a journal
  /// is used, it goes before the first file changes and comes after the last one.
  void set_gate(std::string name);

  /// Errors: kSaveNoSpace when the file system has less than `bytes` left for this user.
  void require_space(uint64_t bytes) const;

  struct Outcome {
    std::vector<std::string> replaced;  ///< files that were there before under the same name
    std::vector<std::string> removed;   ///< files that `superseded` named
    bool journal = false;
  };

  /// Publishes the stage. Entries of the old directory that are not replaced stay, with all that is below
  /// them, unless `superseded` says that the file of that name goes. A new file gets the mode of the one it
  /// replaces, and its owner and group where this user may give files away. Errors: kSaveTarget (a directory
  /// stands where a file has to go), kFileUnwritable. After an error the directory is as before, with one
  /// exception that the message then states: the new files are in place but the last sync failed, so that a
  /// power cut may bring the old ones back.
  Outcome commit(const std::function<bool(const std::string& name)>& superseded);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// While it lives, no save of ours changes `directory`: what a reader opens meanwhile belongs together.
/// Several readers may hold it at once. Held while files are opened, not while they are used: what is open or
/// mapped keeps its bytes. Finishes an interrupted save first. After a minute of waiting for a save the
/// reader goes on without (somebody else holds the lock). Errors: those of recover_directory.
class DirectoryReading {
 public:
  explicit DirectoryReading(const std::filesystem::path& directory);
  DirectoryReading(const DirectoryReading&) = delete;
  DirectoryReading& operator=(const DirectoryReading&) = delete;
  ~DirectoryReading();

 private:
  struct Lock;
  std::unique_ptr<Lock> lock_;
};

/// Finishes or drops what an interrupted save left in a journal inside `directory`. Every reader of a model
/// directory calls this first; without a journal it costs one directory listing. Waits for a save that is
/// just renaming its files; what is only litter stays when somebody else is at work. Errors: kSaveUnfinished
/// (the journal is damaged, or the directory is not writable).
void recover_directory(const std::filesystem::path& directory);

}  // namespace modelhost
