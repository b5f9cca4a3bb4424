// Journals that interrupted saves leave, or that somebody made up.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "base/crc32.h"
#include "directory_support.h"
#include "modelhost/base/log.h"
#include "modelhost/files/error_codes.h"
#include "support/error_of.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::content;
using test::error_of;
using test::Files;
using test::replace;
using test::TempDir;

fs::path published_journal(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (fs::exists(entry.path() / "COMMIT")) return entry.path();
  }
  return {};
}

// Leaves a directory whose save was killed right after its journal was published; finds the moment by trying.
fs::path with_published_journal(const TempDir& dir) {
  for (int64_t call = 1; call < 100; ++call) {
    for (const auto& entry : fs::directory_iterator(dir.path())) fs::remove_all(entry.path());
    dir.write("m/x", "old");
    dir.write("m/gone", "old");
    const pid_t child = ::fork();
    if (child == 0) {
      fault_set_exchange_error(EINVAL);
      fault_arm(kFaultKill, call, 0);
      replace(dir / "m", {{"x", "new"}, {"y", "new"}}, "gone");
      ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
    if (const fs::path journal = published_journal(dir / "m"); !journal.empty()) return journal;
  }
  FAIL("no journal");
  throw 0;
}

TEST_CASE("a published journal is finished by whoever finds it") {
  const TempDir dir;
  with_published_journal(dir);
  CHECK(content(dir / "m").at("x") == "old");
  recover_directory(dir / "m");
  CHECK(content(dir / "m") == Files{{"x", "new"}, {"y", "new"}});
  recover_directory(dir / "m");
  recover_directory(dir / "absent");
}

TEST_CASE("a published journal that is damaged is refused, and given up by the next save") {
  const TempDir dir;
  const fs::path journal = with_published_journal(dir);
  const fs::path staged = journal / "new/y", list = journal / "COMMIT";
  const std::string good_list = test::read_bytes(list);
  const std::string which = GENERATE("content", "missing", "list", "version", "outside");
  CAPTURE(which);
  if (which == "content") std::ofstream(staged) << "nex";
  if (which == "missing") fs::remove(staged);
  if (which == "list") std::ofstream(list) << "{";
  if (which == "version") std::ofstream(list) << R"({"version": 2})";
  if (which == "outside") {
    std::string bad = good_list;
    bad.replace(bad.find("\"gone\""), 6, "\"../m/x\"");
    std::ofstream(list) << bad;
  }
  const Error error = error_of([&] { recover_directory(dir / "m"); });
  CHECK(error.code() == codes::kSaveUnfinished.id);
  CHECK(test::read_bytes(dir / "m/x") == "old");
  std::string warning;
  set_log_sink([&warning](LogLevel, std::string_view text) { warning = text; });
  replace(dir / "m", {{"x", "next"}}, "gone");
  set_log_sink({});
  CHECK(warning.find("given up") != std::string::npos);
  CHECK(content(dir / "m") == Files{{"x", "next"}});
}

TEST_CASE("an unpublished journal of a dead process is dropped, one of a living process is not") {
  const TempDir dir;
  dir.write("m/x", "old");
  dir.write("m/.modelhost-txn-1-0123456789abcdef/new/x", "never finished");
  const fs::path own = dir / "m/.modelhost-txn-2-0123456789abcdef";
  fs::create_directories(own / "new");
  const int lock = ::open(own.c_str(), O_RDONLY | O_DIRECTORY);
  REQUIRE(::flock(lock, LOCK_EX) == 0);
  recover_directory(dir / "m");
  CHECK(fs::exists(own));
  ::close(lock);
  recover_directory(dir / "m");
  CHECK(content(dir / "m") == Files{{"x", "old"}});
  CHECK(std::distance(fs::directory_iterator(dir / "m"), {}) == 1);
}

// A published journal that puts `text` into x; `staged` is where its files lie.
fs::path make_journal(const TempDir& dir, const std::string& text, const std::string& staged) {
  const std::string journal = "m/.modelhost-txn-1-0123456789abcdef";
  dir.write(staged + "/x", text);
  const uint32_t crc = crc32(std::as_bytes(std::span(text)));
  dir.write(journal + "/COMMIT", R"({"version": 1, "files": [{"name": "x", "size": )" +
                                     std::to_string(text.size()) + R"(, "crc32": )" + std::to_string(crc) +
                                     R"(}], "remove": [], "gate": ""})");
  return dir / journal;
}

TEST_CASE("a journal from a stranger cannot reach files outside the directory") {
  const TempDir dir;
  const fs::path journal = make_journal(dir, "somebody's file", "elsewhere");
  fs::create_directory_symlink("../../elsewhere", journal / "new");
  dir.write("m/x", "old");
  const Files before = content(dir.path());
  CHECK(error_of([&] { recover_directory(dir / "m"); }).code() == codes::kSaveUnfinished.id);
  CHECK(content(dir.path()) == before);
  set_log_sink([](LogLevel, std::string_view) {});
  replace(dir / "m", {{"x", "next"}});
  set_log_sink({});
  CHECK(content(dir.path()) == Files{{"elsewhere/x", "somebody's file"}, {"m/x", "next"}});
}

TEST_CASE("a journal is finished also when the directory is given as the working directory") {
  const TempDir dir;
  const std::string text = "new";
  make_journal(dir, text, "m/.modelhost-txn-1-0123456789abcdef/new");
  const fs::path before = fs::current_path();
  fs::current_path(dir / "m");
  recover_directory(GENERATE("", "."));
  fs::current_path(before);
  CHECK(content(dir / "m") == Files{{"x", "new"}});
}

// Another process of which a journal is open, until the object goes. It works inside the directory.
class OtherSave {
 public:
  explicit OtherSave(const fs::path& target) {
    int ready[2], finish[2];
    REQUIRE(::pipe(ready) == 0);
    REQUIRE(::pipe(finish) == 0);
    child_ = ::fork();
    if (child_ == 0) {
      ::close(finish[1]);
      ::_exit(run(target, ready[1], finish[0]));
    }
    ::close(finish[0]);
    char byte = 0;
    REQUIRE(::read(ready[0], &byte, 1) == 1);
    finish_ = finish[1];
  }
  int end() {
    ::close(finish_);
    int status = 0;
    ::waitpid(child_, &status, 0);
    return status;
  }

 private:
  static int run(const fs::path& target, int ready, int finish) {
    try {
      fault_set_exchange_error(EINVAL);
      fault_set_link_error(EXDEV);
      fs::current_path(target);
      AtomicDirectory directory(target);
      write_new_file(directory.stage() / "x", "other");
      if (::write(ready, "r", 1) != 1) return 2;
      char byte = 0;
      while (::read(finish, &byte, 1) > 0) {
      }
      write_new_file(directory.stage() / "y", "other");
      directory.commit([](const std::string&) { return false; });
      return 0;
    } catch (const std::exception& error) {
      ::dprintf(2, "%s\n", error.what());
      return 1;
    }
  }

  pid_t child_ = -1;
  int finish_ = -1;
};

TEST_CASE("a save does not carry away the journal that another one is writing") {
  const TempDir dir;
  dir.write("m/x", "old");
  OtherSave other(dir / "m");
  CHECK(replace(dir / "m", {{"x", "mine"}, {"y", "mine"}}).journal);
  CHECK(test::read_bytes(dir / "m/x") == "mine");
  CHECK(other.end() == 0);
  CHECK(content(dir / "m") == Files{{"x", "other"}, {"y", "other"}});
}

// What a reader that knows nothing of journals can meet: the files of `m` at each call of a save.
std::vector<Files> states_of_journal(const TempDir& dir, const Files& from, const Files& to,
                                     const std::string& gate) {
  std::vector<Files> states;
  const test::NoExchange no_exchange;
  for (int64_t call = 1; call < 200; ++call) {
    for (const auto& entry : fs::directory_iterator(dir.path())) fs::remove_all(entry.path());
    for (const auto& [name, text] : from) dir.write("m/" + name, text);
    const pid_t child = ::fork();
    if (child == 0) {
      fault_arm(kFaultKill, call, 0);
      replace(dir / "m", to, "", gate);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    Files seen = content(dir / "m");
    std::erase_if(seen, [](const auto& file) { return file.first.starts_with(".modelhost"); });
    states.push_back(seen);
    recover_directory(dir / "m");
    const Files after = content(dir / "m");
    CHECK((after == from || after == to));
    if (WIFEXITED(status)) return states;
  }
  FAIL("it never ended");
  return states;
}

TEST_CASE("with a gate, no reader ever meets a mixture of old and new that looks whole") {
  const TempDir dir;
  const Files from{{"a", "1"}, {"gate", "1"}, {"z", "1"}}, to{{"a", "2"}, {"gate", "2"}, {"z", "2"}};
  std::size_t mixed = 0, shut = 0;
  for (const Files& state : states_of_journal(dir, from, to, "gate")) {
    if (!state.contains("gate")) ++shut;
    if (state.contains("gate") && state != from && state != to) ++mixed;
  }
  CHECK(mixed == 0);
  CHECK(shut >= 3);
}

}  // namespace
}  // namespace modelhost
