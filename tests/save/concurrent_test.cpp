// Several processes that save to one directory, and one that reads it meanwhile.
#include "modelhost/base/log.h"
#include "save_scenarios.h"

#include <catch2/generators/catch_generators.hpp>

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::TempDir;

// Runs `act` `rounds` times in a process of its own.
pid_t in_background(int rounds, const std::function<void(int)>& act) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  try {
    for (int round = 0; round < rounds; ++round) act(round);
  } catch (const std::exception& error) {
    ::dprintf(2, "%s\n", error.what());
    ::_exit(1);
  }
  ::_exit(0);
}

bool has_ended(pid_t child) {
  int status = 0;
  const bool ended = ::waitpid(child, &status, WNOHANG) == child;
  if (ended) CHECK(status == 0);
  return ended;
}

struct Seen {
  int whole = 0, mixed = 0, refused = 0;
};

// Loads as long as one of the processes lives.
Seen read_meanwhile(std::vector<pid_t> children, const fs::path& directory,
                    const std::vector<test::Model>& models) {
  Seen seen;
  while (!children.empty()) {
    std::erase_if(children, has_ended);
    try {
      const auto loaded = test::load(directory);
      const bool whole = std::ranges::any_of(
          models, [&](const test::Model& model) { return test::same_weights(*loaded.model, *model); });
      ++(whole ? seen.whole : seen.mixed);
    } catch (const Error& error) {
      if (::getenv("MODELHOST_VERBOSE")) ::dprintf(2, "%s\n", error.what());
      ++seen.refused;
    }
  }
  return seen;
}

void save_and_read(int rounds) {
  const bool first_by_journal = GENERATE(false, true), second_by_journal = GENERATE(false, true);
  CAPTURE(first_by_journal, second_by_journal);
  const TempDir dir(test::fast_place());
  const test::Model a = test::filled_model(10), b = test::filled_model(200);
  const auto saver = [&](const test::Model& model, bool journal) {
    return [&, model, journal](int round) {
      const uint64_t size = round % 2 == 0 ? test::kShards : test::kOneFile;
      journal ? test::save_by_journal(model, dir / "m", size) : test::save(model, dir / "m", size);
    };
  };
  test::write_foreign_files(dir / "m");
  test::save(a, dir / "m", test::kOneFile);
  const Seen seen = read_meanwhile(
      {in_background(rounds, saver(a, first_by_journal)), in_background(rounds, saver(b, second_by_journal))},
      dir / "m", {a, b});
  CHECK((test::loads_as(a, dir / "m") || test::loads_as(b, dir / "m")));
  CHECK(test::has_foreign_files(dir / "m"));
  const std::size_t files = test::listing(dir.path()).size();
  CHECK((files == 1 + 2 + 5 || files == 1 + 6 + 5));  // one file or four shards, no litter
  CHECK(seen.whole > 0);
  CHECK(seen.mixed == 0);
  CHECK(seen.refused == 0);
  if (::getenv("MODELHOST_VERBOSE"))
    ::dprintf(2, "%d whole, %d mixed, %d refused\n", seen.whole, seen.mixed, seen.refused);
}

TEST_CASE(
    "two processes that save to one directory at once leave one model, and readers never see a mixture") {
  set_log_sink([](LogLevel, std::string_view) {});
  save_and_read(25);
  set_log_sink({});
}

TEST_CASE("many rounds of two savers and a reader", "[slow]") {
  set_log_sink([](LogLevel, std::string_view) {});
  save_and_read(1000);
  set_log_sink({});
}

}  // namespace
}  // namespace modelhost
