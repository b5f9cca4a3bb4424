// A save that is stopped at each of its calls that change files: killed before it, killed half-way through a
// write, or refused by the system. Afterwards the directory must load as the whole old model or the whole new
// one, files of others must be untouched, and the next save must succeed and leave no litter.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <functional>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/log.h"
#include "save_support.h"
#include "support/fault_shim.h"

// After everything of LibTorch, whose logging has a CHECK of its own: that one ends the program.
#include <catch2/catch_test_macros.hpp>

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::filled_model;
using test::TempDir;
using Model = std::shared_ptr<PreTrainedModel>;

constexpr uint64_t kOneFile = 1000, kShards = 50;  // four shards
constexpr std::array kForeign{"README.md", "tokenizer.json", "notes/deep/a.txt"};

struct Scenario {
  std::string name;
  Model old_model;  // none: the directory is new
  Model new_model;
  std::function<void(const fs::path&)> prepare;  // leaves a directory that loads as old_model
  std::function<void(const fs::path&)> act;      // what is stopped; makes it load as new_model
};

void save(const Model& model, const fs::path& directory, uint64_t shard_size) {
  SaveOptions options;
  options.max_shard_size = shard_size;
  save_pretrained(*model, directory, options);
}

// What a child process said when it ended.
enum Ending { kDone = 0, kNotReached = 10, kRefused = 11, kRefusedLate = 12 };

bool says_that_new_files_count(const Error& error) {
  return error.code() == codes::kSaveUnfinished.id || error.notes().find("in place") != std::string::npos;
}

// Runs `act` in a process of its own with one fault; the wait status.
int run_with_fault(const Scenario& scenario, const fs::path& directory, int kind, int64_t at, int error) {
  const pid_t child = ::fork();
  if (child == 0) {
    int ending = kDone;
    fault_arm(kind, at, error);
    try {
      scenario.act(directory);
      if (fault_calls() < at) ending = kNotReached;
    } catch (const Error& caught) {
      ending = says_that_new_files_count(caught) ? kRefusedLate : kRefused;
    } catch (const std::exception& caught) {
      ::dprintf(2, "%s\n", caught.what());
      ending = 99;
    }
    ::_exit(ending);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

bool loads_as(const Model& model, const fs::path& directory) {
  if (!model) return !fs::exists(directory);
  return fs::exists(directory) && test::same_weights(*test::load(directory).model, *model);
}

void write_foreign_files(const fs::path& directory) {
  for (const std::string name : kForeign) {
    fs::create_directories((directory / name).parent_path());
    std::ofstream(directory / name) << name;
  }
}

bool has_foreign_files(const fs::path& directory) {
  return std::ranges::all_of(
      kForeign, [&](const std::string name) { return test::read_bytes(directory / name) == name; });
}

struct Count {
  int64_t points = 0, old_state = 0, new_state = 0;
};

void check_state(const Scenario& scenario, const fs::path& directory, int status, Count& count) {
  const bool as_new = loads_as(scenario.new_model, directory);
  const bool as_old = !as_new && loads_as(scenario.old_model, directory);
  CHECK((as_old || as_new));
  ++(as_new ? count.new_state : count.old_state);
  if (scenario.old_model) CHECK(has_foreign_files(directory));
  if (WIFSIGNALED(status)) {
    CHECK(WTERMSIG(status) == SIGKILL);
    return;
  }
  const int ending = WEXITSTATUS(status);
  CHECK((ending == kDone || ending == kRefused || ending == kRefusedLate));
  if (ending == kDone || ending == kRefusedLate) CHECK(as_new);
  if (ending == kRefused) CHECK(as_old);
}

void check_next_save(const Scenario& scenario, const TempDir& dir) {
  static const Model next = filled_model(900);
  save(next, dir / "m", kShards);
  CHECK(loads_as(next, dir / "m"));
  std::size_t files =
      6 + (scenario.old_model ? kForeign.size() + 2 : 0);  // four shards, index, config; two folders
  CHECK(test::listing(dir.path()).size() == 1 + files);
}

// What is tested does not depend on the disk, and syncing one takes most of the time.
TempDir in_memory() {
  return ::access("/dev/shm", W_OK) == 0 ? TempDir("/dev/shm") : TempDir();
}

// False when the fault was never reached: the sweep is over.
bool try_point(const Scenario& scenario, int kind, int64_t at, int error, Count& count) {
  const TempDir dir = in_memory();
  const fs::path directory = dir / "m";
  if (scenario.old_model) write_foreign_files(directory);
  scenario.prepare(directory);
  const int status = run_with_fault(scenario, directory, kind, at, error);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotReached) return false;
  INFO(scenario.name << ", fault " << kind << " (" << error << ") at call " << at);
  ++count.points;
  try {
    check_state(scenario, directory, status, count);
    check_next_save(scenario, dir);
  } catch (const std::exception& caught) {
    FAIL_CHECK(caught.what());
  }
  return true;
}

Count sweep(const Scenario& scenario, int kind, int error = 0) {
  Count count;
  while (try_point(scenario, kind, count.points + 1, error, count)) {
  }
  return count;
}

void without_exchange(const Model& model, const fs::path& directory, uint64_t shard_size) {
  fault_set_exchange_error(EINVAL);
  save(model, directory, shard_size);
}

// A directory whose save was killed at the first moment when `reached` holds. Each attempt starts anew; the
// number of the call is the same every time.
std::function<void(const fs::path&)> after_killed_save(std::function<void(const fs::path&)> first,
                                                       std::function<void(const fs::path&)> killed,
                                                       bool (*reached)(const fs::path&)) {
  return [=, at = std::make_shared<int64_t>(1)](const fs::path& directory) {
    for (; *at < 200; ++*at) {
      for (const auto& entry : fs::directory_iterator(directory.parent_path())) fs::remove_all(entry.path());
      write_foreign_files(directory);
      first(directory);
      const pid_t child = ::fork();
      if (child == 0) {
        fault_arm(kFaultKill, *at, 0);
        killed(directory);
        ::_exit(0);
      }
      ::waitpid(child, nullptr, 0);
      if (reached(directory)) return;
    }
    FAIL("the moment was never reached");
  };
}

bool has_one_file(const fs::path& directory) {
  return fs::exists(directory / "model.safetensors");
}

bool has_published_journal(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (fs::exists(entry.path() / "COMMIT")) return true;
  }
  return false;
}

std::vector<Scenario> scenarios() {
  const Model a = filled_model(10), b = filled_model(200), wide = filled_model(300, 9);
  auto saved = [](const Model& model, uint64_t size) {
    return [=](const fs::path& directory) { save(model, directory, size); };
  };
  auto journal = [](const Model& model, uint64_t size) {
    return [=](const fs::path& directory) { without_exchange(model, directory, size); };
  };
  const auto nothing = [](const fs::path&) {};
  // Left by a save that was killed when all was decided, but little done.
  const auto published = after_killed_save(saved(a, kShards), journal(b, kOneFile), has_published_journal);
  const auto exchanged = after_killed_save(saved(a, kShards), saved(b, kOneFile), has_one_file);
  const auto only_load = [](const fs::path& directory) { test::load(directory); };
  return {
      {"shards over shards", a, b, saved(a, kShards), saved(b, kShards)},
      {"one file over shards", a, b, saved(a, kShards), saved(b, kOneFile)},
      {"shards over one file", a, b, saved(a, kOneFile), saved(b, kShards)},
      {"one file over one file", a, b, saved(a, kOneFile), saved(b, kOneFile)},
      {"shards over shards of another size", a, wide, saved(a, kShards), saved(wide, kShards)},
      {"into a new directory", nullptr, b, nothing, saved(b, kShards)},
      {"journal: shards over shards", a, b, saved(a, kShards), journal(b, kShards)},
      {"journal: one file over shards", a, b, saved(a, kShards), journal(b, kOneFile)},
      {"journal: shards over one file of another size", a, wide, saved(a, kOneFile), journal(wide, kShards)},
      {"loading after an interrupted journal", b, b, published, only_load},
      {"saving after an interrupted journal", b, wide, published, saved(wide, kShards)},
      {"saving after an interrupted exchange", b, wide, exchanged, saved(wide, kShards)},
  };
}

void sweep_all(int kind, const std::vector<int>& errors, int64_t at_least) {
  set_log_sink([](LogLevel, std::string_view) {});  // leftovers are told as warnings
  Count all;
  for (const Scenario& scenario : scenarios()) {
    for (const int error : errors) {
      const Count count = sweep(scenario, kind, error);
      all.points += count.points;
      all.old_state += count.old_state;
      all.new_state += count.new_state;
    }
  }
  set_log_sink({});
  const std::string summary = std::to_string(all.points) + " points: " + std::to_string(all.old_state) +
                              " old, " + std::to_string(all.new_state) + " new";
  INFO(summary);
  CHECK(all.points >= at_least);
  CHECK(all.points == all.old_state + all.new_state);
  if (::getenv("MODELHOST_VERBOSE")) ::dprintf(2, "%s\n", summary.c_str());
}

TEST_CASE("a save that is killed before any of its calls leaves the old model or the new one") {
  sweep_all(kFaultKill, {0}, 400);
}

TEST_CASE("a save that is killed half-way through any of its writes leaves the old model or the new one") {
  sweep_all(kFaultKillTorn, {0}, 50);
}

TEST_CASE("a save whose writes are cut short succeeds") {
  sweep_all(kFaultShort, {0}, 50);
}

TEST_CASE("a save that the system refuses at any of its calls says so and leaves the old model") {
  sweep_all(kFaultError, {ENOSPC}, 400);
}

TEST_CASE("whatever reason the system gives, the old model or the new one stays", "[slow]") {
  sweep_all(kFaultError, {EIO, EROFS, EACCES, EDQUOT, EINVAL, EMFILE}, 2400);
}

}  // namespace
}  // namespace modelhost
