// Whose a replaced directory is, who may read it, and what happens beside it.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <grp.h>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <optional>

#include "directory_support.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::content;
using test::Files;
using test::mode_of;
using test::NoExchange;
using test::replace;
using test::status_of;
using test::TempDir;
using test::Umask;

constexpr gid_t kTeam = 54321;
constexpr uid_t kSomebody = 54322;

// As another user who belongs to the team. 0: it worked.
template <typename Function>
int as_somebody(Function&& function) {
  const pid_t child = ::fork();
  if (child == 0) {
    const gid_t groups[] = {kTeam};
    if (::setgroups(1, groups) != 0 || ::setgid(kSomebody) != 0 || ::setuid(kSomebody) != 0) ::_exit(2);
    try {
      function();
    } catch (const std::exception& error) {
      ::dprintf(2, "%s\n", error.what());
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

TEST_CASE("what a save creates follows the umask, whichever way it is published") {
  const mode_t mask = GENERATE(022, 027, 077);
  const bool exchange = GENERATE(true, false);
  CAPTURE(mask, exchange);
  const TempDir dir;
  const Umask umask(mask);
  std::optional<NoExchange> no_exchange;
  if (!exchange) no_exchange.emplace();
  replace(dir / "m", {{"x", "1"}});
  CHECK(mode_of(dir / "m") == (0777 & ~mask));
  CHECK(mode_of(dir / "m/x") == (0666 & ~mask));
  CHECK(replace(dir / "m", {{"x", "2"}, {"y", "2"}}).journal == !exchange);
  CHECK(mode_of(dir / "m") == (0777 & ~mask));
  CHECK(mode_of(dir / "m/x") == (0666 & ~mask));
  CHECK(mode_of(dir / "m/y") == (0666 & ~mask));
}

TEST_CASE("nobody else can read files while they are staged") {
  const TempDir dir;
  const Umask umask(022);
  const AtomicDirectory fresh(dir / "new");
  CHECK(mode_of(fresh.stage()) == 0700);
  dir.write("m/secret", "old");
  REQUIRE(::chmod((dir / "m/secret").c_str(), 0600) == 0);
  AtomicDirectory directory(dir / "m");
  CHECK(mode_of(directory.stage()) == 0700);
  write_new_file(directory.stage() / "secret", "new");
  directory.commit([](const std::string&) { return false; });
  CHECK(mode_of(dir / "m") == 0755);
  CHECK(mode_of(dir / "m/secret") == 0600);
}

TEST_CASE("a directory that hands its group down keeps doing so") {
  if (::geteuid() != 0) SKIP("only root can give files away");
  const bool exchange = GENERATE(true, false);
  CAPTURE(exchange);
  const TempDir dir;
  const Umask umask(007);
  std::optional<NoExchange> no_exchange;
  if (!exchange) no_exchange.emplace();
  dir.write("m/x", "old");
  REQUIRE(::chown((dir / "m").c_str(), kSomebody, kTeam) == 0);
  REQUIRE(::chown((dir / "m/x").c_str(), kSomebody, kTeam) == 0);
  REQUIRE(::chmod((dir / "m").c_str(), 02770) == 0);
  replace(dir / "m", {{"x", "new"}, {"y", "new"}});
  CHECK(mode_of(dir / "m") == 02770);
  CHECK(status_of(dir / "m").st_uid == kSomebody);
  CHECK(status_of(dir / "m").st_gid == kTeam);
  CHECK(status_of(dir / "m/x").st_uid == kSomebody);  // as the file that it replaces
  CHECK(status_of(dir / "m/x").st_gid == kTeam);
  CHECK(status_of(dir / "m/y").st_gid == kTeam);
  CHECK(mode_of(dir / "m/y") == 0660);
}

TEST_CASE("a new directory takes the group of a parent that hands its group down") {
  if (::geteuid() != 0) SKIP("only root can give files away");
  const TempDir dir;
  const Umask umask(007);
  REQUIRE(::chown(dir.path().c_str(), 0, kTeam) == 0);
  REQUIRE(::chmod(dir.path().c_str(), 02775) == 0);
  replace(dir / "m", {{"x", "1"}});
  CHECK(mode_of(dir / "m") == 02770);
  CHECK(status_of(dir / "m").st_gid == kTeam);
  CHECK(status_of(dir / "m/x").st_gid == kTeam);
}

TEST_CASE("a directory of somebody else stays theirs, though a member of the group saves into it") {
  if (::geteuid() != 0) SKIP("only root can become somebody else");
  const TempDir dir;
  dir.write("m/x", "old");
  dir.write("m/kept", "kept");
  REQUIRE(::chmod(dir.path().c_str(), 0777) == 0);
  REQUIRE(::chown((dir / "m").c_str(), 0, kTeam) == 0);
  REQUIRE(::chmod((dir / "m").c_str(), 02770) == 0);
  CHECK(as_somebody([&] { replace(dir / "m", {{"x", "new"}}); }) == 0);
  CHECK(status_of(dir / "m").st_uid == 0);
  CHECK(status_of(dir / "m").st_gid == kTeam);
  CHECK(mode_of(dir / "m") == 02770);
  CHECK(status_of(dir / "m/x").st_gid == kTeam);
  CHECK(content(dir / "m") == Files{{"kept", "kept"}, {"x", "new"}});
}

TEST_CASE("folders and files of somebody else in the directory stay theirs") {
  if (::geteuid() != 0) SKIP("only root can become somebody else");
  const TempDir dir;
  dir.write("m/x", "old");
  dir.write("m/private", "not for others");
  dir.write("m/sub/y", "y");
  REQUIRE(::chmod((dir / "m/private").c_str(), 0600) == 0);
  REQUIRE(::chmod(dir.path().c_str(), 0777) == 0);
  REQUIRE(::chown((dir / "m").c_str(), kSomebody, kSomebody) == 0);
  const ino_t before = test::inode_of(dir / "m/private");
  CHECK(as_somebody([&] { replace(dir / "m", {{"x", "new"}}); }) == 0);
  CHECK(status_of(dir / "m/sub").st_uid == 0);
  CHECK(test::inode_of(dir / "m/private") == before);
  CHECK(status_of(dir / "m/private").st_uid == 0);
  CHECK(content(dir / "m") == Files{{"private", "not for others"}, {"sub/y", "y"}, {"x", "new"}});
}

TEST_CASE("attributes that somebody gave a directory stay, also access control lists") {
  const TempDir dir;
  dir.write("m/x", "old");
  const std::string place = GENERATE("m", "m/sub");
  fs::create_directories(dir / place);
  if (::setxattr((dir / place).c_str(), "user.note", "mine", 4, 0) != 0) SKIP("no attributes here");
  replace(dir / "m", {{"x", "new"}});
  char value[8] = {};
  CHECK(::getxattr((dir / place).c_str(), "user.note", value, sizeof value) == 4);
  CHECK(test::read_bytes(dir / "m/x") == "new");
}

TEST_CASE("where hard links are not to be had, files that stay are left where they are") {
  const int reason = GENERATE(EPERM, EMLINK, ENOTSUP, EXDEV);
  const TempDir dir;
  dir.write("m/kept", "kept");
  const ino_t file = test::inode_of(dir / "m/kept"), directory = test::inode_of(dir / "m");
  fault_set_link_error(reason);
  CHECK(replace(dir / "m", {{"x", "new"}}).journal);
  fault_set_link_error(0);
  CHECK(content(dir / "m") == Files{{"kept", "kept"}, {"x", "new"}});
  CHECK(test::inode_of(dir / "m/kept") == file);
  CHECK(test::inode_of(dir / "m") == directory);
  CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 1);
}

TEST_CASE("a save that has ended holds up no other, though its object lives") {
  const TempDir dir;
  AtomicDirectory first(dir / "m");
  write_new_file(first.stage() / "x", "1");
  first.commit([](const std::string&) { return false; });
  const int fd = ::open((dir / "m").c_str(), O_RDONLY | O_DIRECTORY);
  CHECK(::flock(fd, LOCK_EX | LOCK_NB) == 0);
  ::close(fd);
  AtomicDirectory second(dir / "m");
  write_new_file(second.stage() / "x", "2");
  second.commit([](const std::string&) { return false; });
  const int again = ::open((dir / "m").c_str(), O_RDONLY | O_DIRECTORY);
  CHECK(::flock(again, LOCK_EX | LOCK_NB) == 0);
  ::close(again);
}

TEST_CASE("what another machine left on a network file system is taken for dead only after a day") {
  const TempDir dir;
  const bool network = GENERATE(true, false);
  CAPTURE(network);
  dir.write("m/x", "old");
  dir.write(".m.1-0123456789abcdef.stage/x", "of another machine, a moment ago");
  dir.write(".m.2-0123456789abcdef.stage/x", "of another machine, two days ago");
  dir.write("m/.modelhost-txn-3-0123456789abcdef/new/x", "of another machine, a moment ago");
  dir.write("m/.modelhost-txn-4-0123456789abcdef/new/x", "of another machine, two days ago");
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(48);
  fs::last_write_time(dir / ".m.2-0123456789abcdef.stage", old);
  fs::last_write_time(dir / "m/.modelhost-txn-4-0123456789abcdef", old);
  fault_set_network(network);
  replace(dir / "m", {{"x", "new"}});
  fault_set_network(false);
  CHECK(test::read_bytes(dir / "m/x") == "new");
  CHECK(fs::exists(dir / ".m.1-0123456789abcdef.stage") == network);
  CHECK_FALSE(fs::exists(dir / ".m.2-0123456789abcdef.stage"));
  CHECK(fs::exists(dir / "m/.modelhost-txn-3-0123456789abcdef") == network);
  CHECK_FALSE(fs::exists(dir / "m/.modelhost-txn-4-0123456789abcdef"));
}

}  // namespace
}  // namespace modelhost
