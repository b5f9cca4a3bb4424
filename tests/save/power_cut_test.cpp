// What is left of a save after a power cut: everything that was not synced may be lost. The calls of real
// saves are recorded; then disks are made on which some of them never arrived.
#include <random>
#include <unordered_set>

#include "modelhost/base/log.h"
#include "modelhost/files/file_writer.h"
#include "save_scenarios.h"
#include "support/disk_model.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::DiskModel;
using test::DiskTree;
using test::Scenario;
using test::TempDir;

struct CutCount {
  int64_t states = 0, old_state = 0, new_state = 0;
  std::unordered_set<std::size_t> different;
};

std::size_t hash_of(const DiskTree& tree) {
  std::size_t hash = 0;
  for (const auto& [name, bytes] : tree)
    hash = hash * 1000003 ^ std::hash<std::string>()(name) ^ std::hash<std::string>()(bytes) * 31;
  return hash;
}

void check_next_save(const Scenario& scenario, const fs::path& place) {
  static const test::Model next = test::filled_model(900);
  test::save(next, place / "m", test::kOneFile);
  CHECK(test::loads_as(next, place / "m"));
  const std::size_t foreign = scenario.old_model ? test::kForeign.size() + 2 : 0;
  CHECK(test::listing(place).size() == 3 + foreign);
}

void check_disk(const Scenario& scenario, const DiskTree& tree, bool must_be_new, CutCount& count) {
  const TempDir dir(test::fast_place());
  const fs::path place = dir / "disk";
  test::write_tree(tree, place);
  const bool as_new = test::loads_as(scenario.new_model, place / "m");
  const bool as_old = !as_new && !must_be_new && test::loads_as(scenario.old_model, place / "m");
  CHECK((as_new || as_old));
  ++(as_new ? count.new_state : count.old_state);
  if (scenario.old_model) CHECK(test::has_foreign_files(place / "m"));
  if (count.states % 5 == 0) check_next_save(scenario, place);
}

// Cuts the power at `cuts` moments of the scenario, and after its end.
void cut_power(const Scenario& scenario, int64_t cuts, std::mt19937& random, CutCount& count) {
  const TempDir dir(test::fast_place());
  test::start(scenario, dir / "m");
  DiskModel disk(dir.path());
  disk.record([&] { scenario.act(dir / "m"); });
  REQUIRE(disk.calls() > 10);
  constexpr DiskModel::Loss kLosses[] = {DiskModel::Loss::kEverything, DiskModel::Loss::kLateNames,
                                         DiskModel::Loss::kAnything};
  for (int64_t i = 0; i < cuts; ++i) {
    // Each moment once with everything lost, then at random; one in sixteen when all is done.
    const bool ended = i % 16 == 15;
    const std::size_t calls = ended ? disk.calls() : static_cast<std::size_t>(i) % (disk.calls() + 1);
    const bool first_round = static_cast<std::size_t>(i) <= disk.calls();
    const DiskTree tree = disk.after_power_cut(calls, kLosses[first_round ? 0 : 1 + i % 2], random);
    ++count.states;
    count.different.insert(hash_of(tree));
    INFO(scenario.name << ", after call " << calls << " of " << disk.calls() << ", state " << i);
    try {
      check_disk(scenario, tree, calls == disk.calls(), count);
    } catch (const std::exception& caught) {
      FAIL_CHECK(caught.what());
    }
  }
}

void cut_power_everywhere(int64_t cuts, int64_t at_least) {
  std::mt19937 random(20240229);  // NOLINT: the same disks every time
  CutCount count;
  set_log_sink([](LogLevel, std::string_view) {});
  for (const test::Writer writer : test::kWriters) {
    for (const bool journal : {false, true}) {
      for (const Scenario& scenario : test::save_scenarios(writer, journal))
        cut_power(scenario, cuts, random, count);
    }
  }
  set_log_sink({});
  CHECK(count.states >= at_least);
  CHECK(count.old_state > 0);
  CHECK(count.new_state > 0);
  if (::getenv("MODELHOST_VERBOSE"))
    ::dprintf(2, "%ld states, %zu of them different: %ld old, %ld new\n", static_cast<long>(count.states),
              count.different.size(), static_cast<long>(count.old_state), static_cast<long>(count.new_state));
}

TEST_CASE("after a power cut the old model is there or the new one, and after a finished save the new one") {
  if (test::fast_place() != "/dev/shm") SKIP("needs a file system in memory");
  cut_power_everywhere(120, 1600);
}

TEST_CASE("after any of many power cuts the old model is there or the new one", "[slow]") {
  if (test::fast_place() != "/dev/shm") SKIP("needs a file system in memory");
  cut_power_everywhere(1000, 14000);
}

bool loads_whole(const Scenario& scenario, const fs::path& directory) {
  try {
    return test::loads_as(scenario.new_model, directory) || test::loads_as(scenario.old_model, directory);
  } catch (const Error&) {
    return false;
  }
}

// Shows that the tests above could fail.
TEST_CASE("a save that did not sync its files, or its directories, would lose the model") {
  if (test::fast_place() != "/dev/shm") SKIP("needs a file system in memory");
  set_log_sink([](LogLevel, std::string_view) {});
  for (const bool journal : {false, true}) {
    for (const bool of_directories : {false, true}) {
      const Scenario scenario = test::save_scenarios(test::Writer::kSafetensors, journal).front();
      const TempDir dir(test::fast_place());
      test::start(scenario, dir / "m");
      DiskModel disk(dir.path());
      disk.record([&] { scenario.act(dir / "m"); });
      disk.forget_syncs(of_directories);
      std::mt19937 random(3);
      int lost = 0;
      for (std::size_t calls = 0; calls <= disk.calls(); ++calls) {
        const TempDir place(test::fast_place());
        test::write_tree(disk.after_power_cut(calls, DiskModel::Loss::kAnything, random), place / "disk");
        if (!loads_whole(scenario, place / "disk/m")) ++lost;
      }
      CAPTURE(journal, of_directories);
      CHECK(lost > 0);
    }
  }
  set_log_sink({});
}

TEST_CASE("the model of a disk loses what is not synced") {
  if (test::fast_place() != "/dev/shm") SKIP("needs a file system in memory");
  const TempDir dir(test::fast_place());
  dir.write("m/x", "old");
  DiskModel disk(dir.path());
  disk.record([&] {
    FileWriter out(dir / "m/y");
    out.write("new");
    out.finish();  // synced
    std::ofstream(dir / "m/z") << "new";
    fs::rename(dir / "m/z", dir / "m/x");
  });
  std::mt19937 random(1);
  const DiskTree none = disk.after_power_cut(disk.calls(), DiskModel::Loss::kEverything, random);
  CHECK(none == DiskTree{{"m/", ""}, {"m/x", "old"}});  // y has bytes, but no name
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    DiskTree tree = disk.after_power_cut(disk.calls(), DiskModel::Loss::kAnything, random);
    seen.insert(tree["m/x"]);
    CHECK((!tree.contains("m/y") || tree["m/y"] == "new"));
  }
  CHECK(seen.contains("old"));
  CHECK(seen.contains("new"));
  CHECK(seen.contains(""));  // the rename arrived before the bytes
}

}  // namespace
}  // namespace modelhost
