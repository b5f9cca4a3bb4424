#include "modelhost/files/atomic_directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "directory_tree.h"
#include "modelhost/base/log.h"
#include "modelhost/base/text.h"
#include "modelhost/files/error_codes.h"
#include "modelhost/files/file_writer.h"
#include "redo_journal.h"
#include "stage_directory.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;

Error not_a_directory(const fs::path& path, const std::string& got) {
  return Error(codes::kSaveTarget, "the save target is not a directory")
      .file(path.string())
      .got(got)
      .fix("choose another path, or move what is there");
}

fs::path resolve(fs::path path) {
  if (!path.has_filename()) path = path.parent_path();  // "dir/"
  std::error_code error;
  const auto type = fs::status(path, error).type();
  if (type == fs::file_type::directory) return fs::canonical(path);
  if (type != fs::file_type::not_found)
    throw not_a_directory(path, "a file, or something that cannot be read");
  if (fs::is_symlink(path, error)) throw not_a_directory(path, "a link to nothing");
  fs::path absolute = fs::absolute(path, error);
  if (error) throw unwritable(path, error.value());
  return absolute;
}

// Makes the parents of a new target, each one synced into its own parent.
void make_directories(const fs::path& path) {
  std::error_code error;
  if (path.empty() || fs::is_directory(path, error)) return;
  make_directories(path.parent_path());
  if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) throw unwritable(path, errno);
  sync_directory(path.parent_path());
}

bool is_real_directory(const fs::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// Trading places would hide a mounted file system, lose access control lists, or leave this process in a
// directory that is deleted.
bool must_stay(const fs::path& target) {
  struct stat own {
  }, parent{};
  if (!target.has_filename() || ::stat(target.c_str(), &own) != 0) return true;
  if (::stat(target.parent_path().c_str(), &parent) != 0 || own.st_dev != parent.st_dev) return true;
  if (has_attributes(target)) return true;
  std::error_code error;
  const fs::path here = fs::current_path(error);
  return !error && std::ranges::mismatch(target, here).in1 == target.end();
}

bool cannot_exchange(int error_number) {
  constexpr std::array kReasons{EINVAL, ENOSYS, ENOTSUP, EXDEV, EBUSY, EACCES, EPERM};
  return std::ranges::find(kReasons, error_number) != kReasons.end();
}

void sync_published(const fs::path& target) {
  try {
    sync_directory(target.parent_path());
  } catch (Error& error) {
    throw error.note("the new files are in place, but a power cut may bring the old ones back");
  }
}

void set_mode(const fs::path& path, mode_t mode) {
  if (::chmod(path.c_str(), mode & 07777) != 0) throw unwritable(path, errno);
}

// A replaced link has no mode to give.
void take_owner_and_mode(const fs::path& from, const fs::path& to) {
  struct stat old_status {
  }, new_status{};
  if (::lstat(from.c_str(), &old_status) != 0 || ::lstat(to.c_str(), &new_status) != 0)
    throw unwritable(to, errno);
  if ((old_status.st_mode & S_IFMT) != (new_status.st_mode & S_IFMT)) return;
  if (old_status.st_uid != new_status.st_uid || old_status.st_gid != new_status.st_gid)
    take_owner(old_status, to);
  if (old_status.st_mode != new_status.st_mode) set_mode(to, old_status.st_mode);
}

bool is_there(const fs::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

// Links into the new folder `to` what only the old folder `from` has. False: something has to stay where it
// is.
bool link_missing(const fs::path& from, const fs::path& to) {
  if (must_stay(from)) return false;
  for (const std::string& name : entry_names(from)) {
    const fs::path old_entry = from / name, new_entry = to / name;
    if (!is_there(new_entry)) {
      if (!link_tree(old_entry, new_entry)) return false;
    } else if (!is_real_directory(old_entry)) {
      take_owner_and_mode(old_entry, new_entry);
    } else if (!is_real_directory(new_entry)) {
      throw not_a_directory(old_entry, "a directory where a file has to go");
    } else if (!link_missing(old_entry, new_entry)) {
      return false;
    }
  }
  take_owner_and_mode(from, to);
  sync_directory(to);
  return true;
}

void move_entry(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return;
  if (errno != EXDEV) throw unwritable(to, errno);
  copy_file_synced(from, to);
}

}  // namespace

struct AtomicDirectory::Impl {
  using Superseded = std::function<bool(const std::string&)>;

  fs::path target;
  fs::path stage;  // where new files go
  std::optional<StageDirectory> beside;
  std::optional<redo_journal::Journal> journal;
  std::vector<std::string> names;  // the new files
  std::string gate;
  bool published = false;

  explicit Impl(const fs::path& path);
  ~Impl();
  void open_journal();
  void move_to_journal();
  void publish_folders();
  bool link_old(const std::vector<std::string>& staying) const;
  Outcome sort_old(const Superseded& superseded, std::vector<std::string>& staying) const;
  std::optional<Outcome> publish_new();
  std::optional<Outcome> publish_exchange(const Superseded& superseded);
  Outcome publish_journal(const Superseded& superseded);
};

AtomicDirectory::Impl::Impl(const fs::path& path) : target(resolve(path)) {
  const bool exists = is_real_directory(target);
  if (exists && ::access(target.c_str(), W_OK) != 0) throw unwritable(target, errno);
  if (!exists || !must_stay(target)) {
    make_directories(target.parent_path());
    remove_dead_stages(target);
    beside = make_stage_beside(target);
    if (beside) {
      stage = beside->path;
      return;
    }
    if (!exists) throw unwritable(target, EACCES);
  }
  const DirectoryLock lock = DirectoryLock::wait(target);  // nobody carries the journal away
  open_journal();
}

AtomicDirectory::Impl::~Impl() {
  if (published) return;
  if (beside) remove_tree(beside->path);
  if (journal) redo_journal::discard(journal->path);
}

void AtomicDirectory::Impl::open_journal() {
  journal = redo_journal::create(target);
  stage = journal->new_files();
}

// The stage beside the target turned out to be of no use.
void AtomicDirectory::Impl::move_to_journal() {
  open_journal();
  for (const std::string& name : names) move_entry(beside->path / name, stage / name);
  remove_tree(beside->path);
  beside.reset();
}

// A journal knows plain files only: folders among the new files come just before, each in a step of its own.
void AtomicDirectory::Impl::publish_folders() {
  const auto put_in_place = [this](const std::string& name) {
    if (!is_real_directory(stage / name)) return false;
    AtomicDirectory folder(target / name);
    for (const std::string& entry : entry_names(stage / name))
      move_entry(stage / name / entry, folder.stage() / entry);
    folder.commit([](const std::string&) { return false; });
    remove_tree(stage / name);
    return true;
  };
  std::erase_if(names, put_in_place);
}

// What stays, and what stays of folders that get new files. False: something has to stay where it is.
bool AtomicDirectory::Impl::link_old(const std::vector<std::string>& staying) const {
  const auto link_folder = [this](const std::string& name) {
    return !is_real_directory(target / name) || link_missing(target / name, stage / name);
  };
  const auto link = [this](const std::string& name) { return link_tree(target / name, stage / name); };
  return std::ranges::all_of(names, link_folder) && std::ranges::all_of(staying, link);
}

AtomicDirectory::Outcome AtomicDirectory::Impl::sort_old(const Superseded& superseded,
                                                         std::vector<std::string>& staying) const {
  Outcome outcome;
  for (const std::string& name : entry_names(target)) {
    const bool directory = is_real_directory(target / name);
    if (std::ranges::find(names, name) != names.end()) {
      if (!directory) {
        take_owner_and_mode(target / name, stage / name);
      } else if (!is_real_directory(stage / name)) {
        throw not_a_directory(target / name, "a directory where a file has to go");
      }
      outcome.replaced.push_back(name);
    } else if (!directory && superseded(name)) {
      outcome.removed.push_back(name);
    } else if (!redo_journal::is_journal_name(name)) {
      staying.push_back(name);
    }
  }
  return outcome;
}

// nullopt: there is a target by now.
std::optional<AtomicDirectory::Outcome> AtomicDirectory::Impl::publish_new() {
  set_mode(stage, beside->mode);
  sync_directory(stage);
  if (::rename(stage.c_str(), target.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST) return std::nullopt;
    throw errno == ENOTDIR ? not_a_directory(target, "a file") : unwritable(target, errno);
  }
  published = true;
  beside->lock.release();
  sync_published(target);
  return Outcome();
}

// nullopt: try again, with a journal if there is one now.
std::optional<AtomicDirectory::Outcome> AtomicDirectory::Impl::publish_exchange(
    const Superseded& superseded) {
  const DirectoryLock lock = DirectoryLock::wait(target);
  if (lock.state() == DirectoryLock::State::kGone) return std::nullopt;
  redo_journal::recover_or_drop(target);
  std::vector<std::string> staying;
  Outcome outcome = sort_old(superseded, staying);
  const bool movable = redo_journal::find(target).empty() && !must_stay(target);
  if (!movable || !link_old(staying)) {
    move_to_journal();
    return std::nullopt;
  }
  take_owner_and_mode(target, stage);
  sync_directory(stage);
  if (::renameat2(AT_FDCWD, stage.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) != 0) {
    if (!cannot_exchange(errno)) throw unwritable(target, errno);
    move_to_journal();
    return std::nullopt;
  }
  published = true;
  beside->lock.release();  // it is the new target's now
  sync_published(target);
  if (!remove_tree(stage)) log(LogLevel::kWarning, "old files are left in " + stage.string());
  return outcome;
}

AtomicDirectory::Outcome AtomicDirectory::Impl::publish_journal(const Superseded& superseded) {
  publish_folders();
  const DirectoryLock lock = DirectoryLock::wait(target);
  redo_journal::recover_or_drop(target);
  std::vector<std::string> staying;
  Outcome outcome = sort_old(superseded, staying);
  outcome.journal = true;
  redo_journal::publish(journal->path, outcome.removed, gate);
  published = true;
  redo_journal::roll_forward(target, journal->path, /*check=*/false);
  return outcome;
}

AtomicDirectory::AtomicDirectory(const fs::path& target) : impl_(std::make_unique<Impl>(target)) {}

AtomicDirectory::~AtomicDirectory() = default;

const fs::path& AtomicDirectory::stage() const {
  return impl_->stage;
}

const fs::path& AtomicDirectory::target() const {
  return impl_->target;
}

bool AtomicDirectory::uses_journal() const {
  return impl_->journal.has_value();
}

void AtomicDirectory::set_gate(std::string name) {
  impl_->gate = std::move(name);
}

void AtomicDirectory::require_space(uint64_t bytes) const {
  struct statvfs status {};
  if (::statvfs(impl_->stage.c_str(), &status) != 0) return;  // writing will tell
  const uint64_t free = static_cast<uint64_t>(status.f_bavail) * status.f_frsize;
  if (free >= bytes) return;
  throw Error(codes::kSaveNoSpace, "not enough free space to save")
      .file(impl_->target.string())
      .expected(human_bytes(bytes))
      .got(human_bytes(free))
      .fix("make room: old and new files exist side by side until the save is complete");
}

AtomicDirectory::Outcome AtomicDirectory::commit(const Impl::Superseded& superseded) {
  Impl& impl = *impl_;
  impl.names = entry_names(impl.stage);
  while (true) {
    if (impl.journal) return impl.publish_journal(superseded);
    const auto outcome =
        is_real_directory(impl.target) ? impl.publish_exchange(superseded) : impl.publish_new();
    if (outcome) return *outcome;
  }
}

}  // namespace modelhost
