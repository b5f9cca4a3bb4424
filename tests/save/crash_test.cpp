// A save that is stopped at each of its calls that change files: killed before it, killed half-way through a
// write, or refused by the system. Afterwards the directory must load as the whole old model or the whole new
// one, files of others must be untouched, and the next save must succeed and leave no litter.
#include "modelhost/base/log.h"
#include "modelhost/files/error_codes.h"
#include "save_scenarios.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::Act;
using test::filled_model;
using test::kOneFile;
using test::kShards;
using test::loads_as;
using test::Model;
using test::save;
using test::save_by_journal;
using test::Scenario;
using test::TempDir;

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

struct CrashCount {
  int64_t points = 0, old_state = 0, new_state = 0;
};

// Beside the directory and in it.
bool has_no_litter(const fs::path& directory) {
  const auto hidden = [](const fs::directory_entry& entry) {
    return entry.path().filename().string().starts_with(".");
  };
  const auto names = [](const fs::path& path) {
    return fs::exists(path) ? fs::directory_iterator(path) : fs::directory_iterator();
  };
  return std::ranges::none_of(names(directory.parent_path()), hidden) &&
         std::ranges::none_of(names(directory), hidden);
}

void check_state(const Scenario& scenario, const fs::path& directory, int status, CrashCount& count) {
  const bool as_new = loads_as(scenario.new_model, directory);
  const bool as_old = !as_new && loads_as(scenario.old_model, directory);
  CHECK((as_old || as_new));
  ++(as_new ? count.new_state : count.old_state);
  if (scenario.old_model) CHECK(test::has_foreign_files(directory));
  if (WIFSIGNALED(status)) {
    CHECK(WTERMSIG(status) == SIGKILL);
    return;
  }
  const int ending = WEXITSTATUS(status);
  CHECK((ending == kDone || ending == kRefused || ending == kRefusedLate));
  if (ending == kDone || ending == kRefusedLate) CHECK(as_new);
  if (ending != kRefused) return;
  CHECK(as_old);
  CHECK(has_no_litter(directory));
}

void check_next_save(const Scenario& scenario, const TempDir& dir) {
  static const Model next = filled_model(900);
  save(next, dir / "m", kShards);
  CHECK(loads_as(next, dir / "m"));
  std::size_t files =
      6 + (scenario.old_model ? test::kForeign.size() + 2 : 0);  // four shards, index, config; two folders
  CHECK(test::listing(dir.path()).size() == 1 + files);
}

// False when the fault was never reached: the sweep is over.
bool try_point(const Scenario& scenario, int kind, int64_t at, int error, CrashCount& count) {
  const TempDir dir(test::fast_place());
  const fs::path directory = dir / "m";
  test::start(scenario, directory);
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

CrashCount sweep(const Scenario& scenario, int kind, int error = 0) {
  CrashCount count;
  while (try_point(scenario, kind, count.points + 1, error, count)) {
  }
  return count;
}

// A directory whose save was killed at the first moment when `reached` holds. Each attempt starts anew; the
// number of the call is the same every time.
Act after_killed_save(const Act& first, const Act& killed, bool (*reached)(const fs::path&)) {
  return [=, at = std::make_shared<int64_t>(1)](const fs::path& directory) {
    for (; *at < 200; ++*at) {
      for (const auto& entry : fs::directory_iterator(directory.parent_path())) fs::remove_all(entry.path());
      test::write_foreign_files(directory);
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

// Left by a save that was killed when all was decided, but little done.
std::vector<Scenario> after_interrupted_saves() {
  const Model a = filled_model(10), b = filled_model(200), wide = filled_model(300, 9);
  const Act old_shards = [=](const fs::path& directory) { save(a, directory, kShards); };
  const Act exchange = [=](const fs::path& directory) { save(b, directory, kOneFile); };
  const Act journal = [=](const fs::path& directory) { save_by_journal(b, directory, kOneFile); };
  const Act published = after_killed_save(old_shards, journal, has_published_journal);
  const Act exchanged = after_killed_save(old_shards, exchange, has_one_file);
  const Act only_load = [](const fs::path& directory) { test::load(directory); };
  const Act next = [=](const fs::path& directory) { save(wide, directory, kShards); };
  return {
      {"loading after an interrupted journal", b, b, published, only_load},
      {"saving after an interrupted journal", b, wide, published, next},
      {"saving after an interrupted exchange", b, wide, exchanged, next},
  };
}

// Every kind of scenario and publishing once; or all of them for each writer.
std::vector<Scenario> scenarios(bool all) {
  std::vector<Scenario> chosen = after_interrupted_saves();
  for (const test::Writer writer : test::kWriters) {
    for (const bool journal : {false, true}) {
      const std::vector<Scenario> more = test::save_scenarios(writer, journal);
      for (std::size_t i = 0; i < more.size(); ++i) {
        if (all || (i % 2 == (journal ? 1 : 0) && writer == test::Writer::kSafetensors))
          chosen.push_back(more[i]);
      }
    }
  }
  return chosen;
}

void sweep_all(bool all_scenarios, int kind, const std::vector<int>& errors, int64_t at_least) {
  set_log_sink([](LogLevel, std::string_view) {});  // leftovers are told as warnings
  CrashCount all;
  for (const Scenario& scenario : scenarios(all_scenarios)) {
    for (const int error : errors) {
      const CrashCount count = sweep(scenario, kind, error);
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
  sweep_all(false, kFaultKill, {0}, 400);
}

TEST_CASE("a save that is killed half-way through any of its writes leaves the old model or the new one") {
  sweep_all(false, kFaultKillTorn, {0}, 40);
}

TEST_CASE("a save whose writes are cut short succeeds") {
  sweep_all(false, kFaultShort, {0}, 40);
}

TEST_CASE("a save that the system refuses at any of its calls says so and leaves the old model") {
  sweep_all(false, kFaultError, {ENOSPC}, 400);
}

TEST_CASE("every scenario, way of publishing and writer, killed before each call", "[slow]") {
  sweep_all(true, kFaultKill, {0}, 780);
}

TEST_CASE("every scenario, way of publishing and writer, killed in each write or cut short", "[slow]") {
  sweep_all(true, kFaultKillTorn, {0}, 80);
  sweep_all(true, kFaultShort, {0}, 80);
}

TEST_CASE("whatever reason the system gives, the old model or the new one stays", "[slow]") {
  sweep_all(true, kFaultError, {ENOSPC, EIO, EROFS}, 2300);
}

TEST_CASE("reasons that are rarer leave the old model or the new one, too", "[slow]") {
  sweep_all(false, kFaultError, {EACCES, EDQUOT, EINVAL, EMFILE}, 1600);
}

}  // namespace
}  // namespace modelhost
