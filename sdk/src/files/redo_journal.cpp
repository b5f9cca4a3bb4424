#include "redo_journal.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/crc32.h"
#include "directory_tree.h"
#include "modelhost/base/json.h"
#include "modelhost/base/log.h"
#include "modelhost/base/text.h"
#include "modelhost/files/atomic_directory.h"
#include "modelhost/files/error_codes.h"
#include "modelhost/files/file_writer.h"
#include "modelhost/files/json_file.h"
#include "modelhost/files/mapped_file.h"
#include "unique_name.h"

namespace modelhost {

namespace fs = std::filesystem;

namespace redo_journal {
namespace {

constexpr std::string_view kPrefix = ".modelhost-txn-";
constexpr const char* kCommit = "COMMIT";
constexpr int kJournalVersion = 1;

struct File {
  std::string name;
  uint64_t size = 0;
  uint32_t crc = 0;
};

struct Manifest {
  std::vector<File> files;
  std::string gate;  // "": none
  std::vector<std::string> remove;
};

Error unfinished(const fs::path& journal, const std::string& reason) {
  return Error(codes::kSaveUnfinished, "an interrupted save cannot be completed: " + reason)
      .file(journal.string())
      .fix(
          "open the directory once as a user who may write there, save again, or, if the files beside it are "
          "good, delete it");
}

// A journal may come with a checkpoint from a stranger.
const std::string& plain_name(const Json& name, const fs::path& journal) {
  const auto* text = name.is_string() ? name.get_ptr<const std::string*>() : nullptr;
  if (text && !text->empty() && *text != "." && *text != ".." && text->find('/') == std::string::npos &&
      text->find('\0') == std::string::npos && !is_journal_name(*text)) {
    return *text;
  }
  throw unfinished(journal, "its list names something outside the directory").got(describe_json(name));
}

Manifest read_manifest(const fs::path& journal) {
  Manifest manifest;
  try {
    const Json json = read_json_file(journal / kCommit);
    if (json.at("version") != kJournalVersion)
      throw unfinished(journal, "a newer version of this program wrote it");
    for (const Json& file : json.at("files")) {
      manifest.files.push_back({plain_name(file.at("name"), journal), file.at("size").get<uint64_t>(),
                                file.at("crc32").get<uint32_t>()});
    }
    if (const Json& gate = json.at("gate"); gate != "") manifest.gate = plain_name(gate, journal);
    for (const Json& name : json.at("remove")) manifest.remove.push_back(plain_name(name, journal));
  } catch (const Json::exception&) {
    throw unfinished(journal, "its list is malformed");
  }
  return manifest;
}

mode_t kind_of(const fs::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 ? status.st_mode & S_IFMT : 0;
}

bool is_file(const fs::path& path) {
  return kind_of(path) == S_IFREG;
}

File describe(const fs::path& path) {
  const auto mapped = MappedFile::open(path);
  const auto bytes = std::as_const(*mapped).bytes();
  return {path.filename().string(), bytes.size(), crc32(bytes)};
}

void check_files(const fs::path& target, const fs::path& journal, const Manifest& manifest) {
  if (const mode_t kind = kind_of(journal / "new"); kind != 0 && kind != S_IFDIR)
    throw unfinished(journal, "its files are somewhere else");  // a link could lead anywhere
  for (const File& file : manifest.files) {
    const fs::path staged = journal / "new" / file.name;
    const fs::path place = is_file(staged) ? staged : target / file.name;
    if (!is_file(place)) throw unfinished(journal, file.name + " is missing");
    const File found = describe(place);
    if (found.size != file.size || found.crc != file.crc)
      throw unfinished(journal, file.name + " is damaged");
  }
}

// Nothing there: an earlier attempt, or another machine, did it.
void check_done(int result, const fs::path& journal) {
  if (result != 0 && errno != ENOENT) throw unfinished(journal, std::strerror(errno));
}

void move_file(const fs::path& target, const fs::path& journal, const std::string& name) {
  const fs::path staged = journal / "new" / name;
  if (is_file(staged)) check_done(::rename(staged.c_str(), (target / name).c_str()), journal);
}

// Where locks do not reach other machines, one of them may already have moved the new gate.
bool may_shut(const fs::path& target, const fs::path& journal, const std::string& gate) {
  return !gate.empty() && is_file(journal / "new" / gate) && !is_network_file_system(target);
}

void put_in_place(const fs::path& target, const fs::path& journal, const Manifest& manifest) {
  if (may_shut(target, journal, manifest.gate)) {
    check_done(::unlink((target / manifest.gate).c_str()), journal);
    sync_directory(target);
  }
  for (const File& file : manifest.files) {
    if (file.name != manifest.gate) move_file(target, journal, file.name);
  }
  for (const std::string& name : manifest.remove) check_done(::unlink((target / name).c_str()), journal);
  sync_directory(target);
  if (manifest.gate.empty()) return;
  move_file(target, journal, manifest.gate);
  sync_directory(target);
}

}  // namespace

bool is_journal_name(std::string_view name) {
  return name.starts_with(kPrefix) && is_unique_suffix(name.substr(kPrefix.size()));
}

Journal create(const fs::path& target) {
  Journal journal;
  journal.path = target / (std::string(kPrefix) + unique_suffix());
  if (::mkdir(journal.path.c_str(), 0700) != 0) throw unwritable(journal.path, errno);
  journal.lock = DirectoryLock::wait(journal.path);
  if (::mkdir(journal.new_files().c_str(), 0700) != 0) {
    const int reason = errno;
    discard(journal.path);
    throw unwritable(journal.path, reason);
  }
  return journal;
}

void publish(const fs::path& journal, const std::vector<std::string>& remove, const std::string& gate) {
  Json manifest = {
      {"version", kJournalVersion}, {"files", Json::array()}, {"gate", gate}, {"remove", remove}};
  for (const std::string& name : entry_names(journal / "new")) {
    const File file = describe(journal / "new" / name);
    manifest["files"].push_back({{"name", file.name}, {"size", file.size}, {"crc32", file.crc}});
  }
  sync_directory(journal / "new");
  const fs::path draft = journal / "COMMIT.draft";
  write_new_file(draft, dump_json_like_python(manifest) + "\n");
  sync_directory(journal);
  sync_directory(journal.parent_path());
  if (::rename(draft.c_str(), (journal / kCommit).c_str()) != 0) throw unwritable(journal / kCommit, errno);
}

void roll_forward(const fs::path& target, const fs::path& journal, bool check) {
  try {
    const Manifest manifest = read_manifest(journal);
    if (check) check_files(target, journal, manifest);
    sync_directory(journal);  // COMMIT must be there for good before the first file moves
    put_in_place(target, journal, manifest);
    // Without COMMIT the rest is litter, which the next save removes. After a power cut it must not be back:
    // somebody may have changed the files by then.
    check_done(::unlink((journal / kCommit).c_str()), journal);
    sync_directory(journal);
  } catch (const Error& error) {
    if (error.code() == codes::kSaveUnfinished.id) throw;
    throw unfinished(journal, error.message());
  }
  remove_tree(journal);
}

void discard(const fs::path& journal) {
  if (::unlink((journal / kCommit).c_str()) == 0 || errno == ENOENT) remove_tree(journal);
}

std::vector<fs::path> find(const fs::path& target) {
  std::vector<fs::path> journals;
  std::error_code status;
  for (fs::directory_iterator it(target, status), end; !status && it != end; it.increment(status)) {
    const bool named = is_journal_name(it->path().filename().string());
    if (named && it->symlink_status(status).type() == fs::file_type::directory)
      journals.push_back(it->path());
  }
  std::ranges::sort(journals);
  return journals;
}

bool has_published(const fs::path& target) {
  return std::ranges::any_of(find(target),
                             [](const fs::path& journal) { return is_file(journal / kCommit); });
}

void recover(const fs::path& target, const fs::path& journal) {
  if (is_file(journal / kCommit)) {
    log(LogLevel::kInfo, "completing an interrupted save: " + target.string());
    roll_forward(target, journal, /*check=*/true);
    return;
  }
  const DirectoryLock lock = lock_if_dead(journal, journal.filename().string().substr(kPrefix.size()));
  if (lock.state() == DirectoryLock::State::kHeld) remove_tree(journal);  // nobody works on it any more
}

void recover_or_drop(const fs::path& target) {
  for (const fs::path& journal : find(target)) {
    try {
      recover(target, journal);
    } catch (const Error& error) {
      log(LogLevel::kWarning, std::string("an interrupted save is given up: ") + error.what());
      if (::unlink((journal / kCommit).c_str()) != 0) throw unwritable(journal / kCommit, errno);
      remove_tree(journal);
    }
  }
}

}  // namespace redo_journal

struct DirectoryReading::Lock {
  DirectoryLock directory;
};

DirectoryReading::DirectoryReading(const fs::path& directory) : lock_(std::make_unique<Lock>()) {
  std::error_code status;
  const fs::path target = fs::canonical(directory.empty() ? "." : directory, status);
  if (status) return;  // whoever reads will say what is wrong
  do {
    lock_->directory.release();
    recover_directory(target);
    lock_->directory = DirectoryLock::share(target);
  } while (redo_journal::has_published(target));
}

DirectoryReading::~DirectoryReading() = default;

void recover_directory(const fs::path& directory) {
  const fs::path place = directory.empty() ? "." : directory;
  if (redo_journal::find(place).empty()) return;
  const fs::path target = fs::canonical(place);  // a link cannot be locked
  // Litter can wait until nobody reads or writes.
  const DirectoryLock lock =
      redo_journal::has_published(target) ? DirectoryLock::wait(target) : DirectoryLock::try_once(target);
  if (lock.state() == DirectoryLock::State::kBusy) return;
  for (const fs::path& journal : redo_journal::find(target)) redo_journal::recover(target, journal);
}

}  // namespace modelhost
