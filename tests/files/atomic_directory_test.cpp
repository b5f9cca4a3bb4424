#include "modelhost/files/atomic_directory.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "directory_support.h"
#include "modelhost/files/error_codes.h"
#include "support/error_of.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::code_of;
using test::content;
using test::error_of;
using test::Files;
using test::inode_of;
using test::mode_of;
using test::NoExchange;
using test::replace;
using test::TempDir;

struct WorkingDirectory {
  explicit WorkingDirectory(const fs::path& path) : before(fs::current_path()) { fs::current_path(path); }
  ~WorkingDirectory() { fs::current_path(before); }
  fs::path before;
};

TEST_CASE("a new directory appears with its files, and its parents are made") {
  const TempDir dir;
  replace(dir / "a/b/model", {{"x", "1"}, {"y", "2"}});
  CHECK(content(dir / "a/b/model") == Files{{"x", "1"}, {"y", "2"}});
  CHECK(content(dir.path()).size() == 2);
  replace((dir / "c/").string(), {{"x", "1"}});
  CHECK(content(dir / "c") == Files{{"x", "1"}});
}

TEST_CASE("files are replaced, superseded ones go, all others stay as they are") {
  const bool exchange = GENERATE(true, false);
  const TempDir dir;
  dir.write("m/x", "old");
  dir.write("m/gone", "old");
  dir.write("m/kept", "kept");
  dir.write("m/sub/deep/kept", "deep");
  fs::create_symlink("../elsewhere", dir / "m/link");
  fs::create_directory(dir / "m/empty");
  const ino_t before = inode_of(dir / "m/sub/deep/kept");
  std::optional<NoExchange> no_exchange;
  if (!exchange) no_exchange.emplace();
  const auto outcome = replace(dir / "m", {{"x", "new"}, {"y", "new"}}, "gone");
  CHECK(content(dir / "m") == Files{{"x", "new"},
                                    {"y", "new"},
                                    {"kept", "kept"},
                                    {"sub/deep/kept", "deep"},
                                    {"link", "-> ../elsewhere"}});
  CHECK(fs::is_directory(dir / "m/empty"));
  CHECK(inode_of(dir / "m/sub/deep/kept") == before);
  CHECK(outcome.replaced == std::vector<std::string>{"x"});
  CHECK(outcome.removed == std::vector<std::string>{"gone"});
  CHECK(outcome.journal == !exchange);
  CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 1);
}

TEST_CASE("new files in folders come with the others; what the folders hold beside them stays") {
  const bool exchange = GENERATE(true, false);
  const TempDir dir;
  dir.write("m/x", "old");
  dir.write("m/sub/x", "old");
  dir.write("m/sub/kept", "kept");
  dir.write("m/sub/deep/kept", "deep");
  std::optional<NoExchange> no_exchange;
  if (!exchange) no_exchange.emplace();
  const auto stage_all = [](const AtomicDirectory& directory) {
    fs::create_directories(directory.stage() / "sub/deep");
    fs::create_directories(directory.stage() / "fresh");
    for (const char* name : {"x", "sub/x", "sub/deep/y", "fresh/z"})
      write_new_file(directory.stage() / name, "new");
  };
  {
    AtomicDirectory directory(dir / "m");
    stage_all(directory);
    CHECK(directory.commit([](const std::string&) { return false; }).journal == !exchange);
  }
  const Files fresh = {{"x", "new"}, {"sub/x", "new"}, {"sub/deep/y", "new"}, {"fresh/z", "new"}};
  Files expected = fresh;
  expected.insert({{"sub/kept", "kept"}, {"sub/deep/kept", "deep"}});
  CHECK(content(dir / "m") == expected);
  AtomicDirectory directory(dir / "n");
  stage_all(directory);
  directory.commit([](const std::string&) { return false; });
  CHECK(content(dir / "n") == fresh);
  CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 2);
}

TEST_CASE("a folder and a file of one name are refused, and nothing changes") {
  const TempDir dir;
  dir.write("m/sub/x/y", "a directory where a file has to go");
  const Files before = content(dir.path());
  {
    AtomicDirectory directory(dir / "m");
    fs::create_directory(directory.stage() / "sub");
    write_new_file(directory.stage() / "sub/x", "new");
    CHECK(code_of([&] { directory.commit([](const std::string&) { return false; }); }) ==
          codes::kSaveTarget.id);
  }
  CHECK(content(dir.path()) == before);
}

TEST_CASE("without a commit nothing changes and nothing is left") {
  const TempDir dir;
  dir.write("m/x", "old");
  {
    const AtomicDirectory directory(dir / "m");
    write_new_file(directory.stage() / "x", "new");
    CHECK(directory.stage().parent_path() == dir.path());
  }
  CHECK(content(dir.path()) == Files{{"m/x", "old"}});
}

TEST_CASE("new files get the mode of those they replace, others and directories follow the umask") {
  const TempDir dir;
  const mode_t umask_before = ::umask(027);
  replace(dir / "m", {{"x", "1"}});
  CHECK(mode_of(dir / "m") == 0750);
  CHECK(mode_of(dir / "m/x") == 0640);
  REQUIRE(::chmod((dir / "m/x").c_str(), 0604) == 0);
  REQUIRE(::chmod((dir / "m").c_str(), 0711) == 0);
  replace(dir / "m", {{"x", "2"}, {"y", "2"}});
  ::umask(umask_before);
  CHECK(mode_of(dir / "m") == 0711);
  CHECK(mode_of(dir / "m/x") == 0604);
  CHECK(mode_of(dir / "m/y") == 0640);
}

TEST_CASE("a file that is a link is replaced, not written through") {
  const TempDir dir;
  dir.write("blob", "old");
  fs::create_directory(dir / "m");
  fs::create_symlink("../blob", dir / "m/x");
  replace(dir / "m", {{"x", "new"}});
  CHECK(content(dir.path()) == Files{{"blob", "old"}, {"m/x", "new"}});
}

TEST_CASE("a link to a directory stands for that directory") {
  const TempDir dir;
  dir.write("real/x", "old");
  fs::create_directory_symlink("real", dir / "link");
  replace(dir / "link", {{"x", "new"}});
  CHECK(fs::is_symlink(dir / "link"));
  CHECK(test::read_bytes(dir / "real/x") == "new");
}

TEST_CASE("a file, a link to nothing and a directory in the way are refused and stay") {
  const TempDir dir;
  dir.write("file", "text");
  fs::create_symlink("nowhere", dir / "dangling");
  dir.write("m/x/y", "a directory where a file has to go");
  const Files before = content(dir.path());
  CHECK(code_of([&] { replace(dir / "file", {}); }) == codes::kSaveTarget.id);
  CHECK(code_of([&] { replace(dir / "dangling", {}); }) == codes::kSaveTarget.id);
  CHECK(code_of([&] { replace(dir / "m", {{"x", "new"}}); }) == codes::kSaveTarget.id);
  CHECK(code_of([&] { replace(dir / "file/sub", {}); }) != "none");
  CHECK(content(dir.path()) == before);
}

TEST_CASE("the directory that the process works in keeps its identity") {
  const TempDir dir;
  dir.write("m/x", "old");
  dir.write("m/sub/y", "y");
  const ino_t before = inode_of(dir / "m");
  {
    const WorkingDirectory here(dir / "m/sub");
    CHECK(replace(dir / "m", {{"x", "new"}}).journal);
  }
  CHECK(inode_of(dir / "m") == before);
  CHECK(content(dir / "m") == Files{{"x", "new"}, {"sub/y", "y"}});
}

TEST_CASE("too little space is told before anything is written") {
  const TempDir dir;
  const AtomicDirectory directory(dir / "m");
  fault_set_free_bytes(1 << 20);
  const Error error = error_of([&] { directory.require_space(2 << 20); });
  CHECK_NOTHROW(directory.require_space(1 << 19));
  fault_set_free_bytes(-1);
  CHECK(error.code() == codes::kSaveNoSpace.id);
  CHECK(error.expected() == "2.1 MB");
}

TEST_CASE("stages of dead processes are removed, those of living ones and similar names are not") {
  const TempDir dir;
  dir.write(".m.1-0123456789abcdef.stage/x", "dead");
  dir.write(".m.x-0123456789abcdef.stage/x", "another's");
  dir.write(".m.n.1-0123456789abcdef.stage/x", "of m.n");
  const AtomicDirectory living(dir / "m");
  write_new_file(living.stage() / "x", "living");
  replace(dir / "m", {{"x", "1"}});
  const Files after = content(dir.path());
  CHECK_FALSE(after.contains(".m.1-0123456789abcdef.stage/x"));
  CHECK(after.contains(".m.x-0123456789abcdef.stage/x"));
  CHECK(after.contains(".m.n.1-0123456789abcdef.stage/x"));
  CHECK(after.contains((living.stage() / "x").lexically_relative(dir.path()).string()));
}

TEST_CASE("a target that appears while its first files are written is replaced with what it holds kept") {
  const TempDir dir;
  AtomicDirectory first(dir / "m");
  write_new_file(first.stage() / "x", "first");
  replace(dir / "m", {{"x", "second"}, {"y", "second"}});
  first.commit([](const std::string&) { return false; });
  CHECK(content(dir / "m") == Files{{"x", "first"}, {"y", "second"}});
}

TEST_CASE("processes that replace one directory at once leave the files of one of them, whole") {
  const bool exchange = GENERATE(true, false);
  const TempDir dir;
  dir.write("m/kept", "kept");
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      if (!exchange) fault_set_exchange_error(EINVAL);
      const std::string text = "process " + std::to_string(i);
      try {
        for (int round = 0; round < 15; ++round) replace(dir / "m", {{"x", text}, {"y", text}, {"z", text}});
      } catch (const std::exception& error) {
        ::dprintf(2, "%s\n", error.what());
        ::_exit(1);
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  const Files after = content(dir / "m");
  CHECK(after.size() == 4);
  CHECK(after.at("kept") == "kept");
  CHECK(after.at("x") == after.at("y"));
  CHECK(after.at("x") == after.at("z"));
  CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 1);
}

}  // namespace
}  // namespace modelhost
