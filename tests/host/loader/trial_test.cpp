// Plugins that would end or stop the host (tests/bad_plugins/, built into quarantined_plugins/), and good
// ones.
#include "loader/trial.h"

#include <catch2/catch_test_macros.hpp>

#include <unistd.h>

#include "loader/trial_cache.h"
#include "loader_support.h"
#include "support/environment.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::kTiny;
using test::LoaderHost;
using test::ScopedEnvironment;
using test::TempDir;

const fs::path kQuarantined = test::build_path("tests/quarantined_plugins");

// Every test starts without verdicts.
struct FreshCache {
  TempDir dir;
  ScopedEnvironment variable{"XDG_CACHE_HOME", dir.path().string()};

  std::size_t verdicts() const {
    std::error_code none;
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& file : fs::directory_iterator(dir / "modelhost/trials", none)) ++count;
    return count;
  }
};

HostSettings with_seconds(int64_t seconds) {
  HostSettings settings;
  settings.trial.seconds = seconds;
  return settings;
}

Error refusal_of(const std::string& folder, int64_t seconds = 60) {
  LoaderHost host({kQuarantined / folder}, with_seconds(seconds), /*trial=*/true);
  return error_of([&] { host.manager.load(host.manager.entries().at(0).manifest.id); });
}

TEST_CASE("a plugin that ends its process is refused with how it ended, and the host lives") {
  const FreshCache cache;
  for (const char* folder :
       {"aborts_on_opening", "throws_on_opening", "exits_on_opening", "crashes_on_registration"}) {
    INFO(folder);
    const Error error = refusal_of(folder);
    CHECK(error.code() == "P401");
    CHECK(error.file().ends_with(".so"));
    CHECK_FALSE(error.got().empty());
    CHECK(error.notes().find("its code ran") == std::string::npos);  // not here
  }
  CHECK(refusal_of("exits_on_opening").got() == "exit status 0");
  CHECK(refusal_of("exits_on_opening").message().ends_with("while its library was opened"));
  CHECK(refusal_of("throws_on_opening").notes().find("no luck while opening") != std::string::npos);
  const Error crash = refusal_of("crashes_on_registration");
  CHECK(crash.message().ends_with("while it registered its models"));
  CHECK(crash.notes().find("last words \\x1b[2J") != std::string::npos);
}

TEST_CASE("a plugin that does not come back is refused when its time is over") {
  const FreshCache cache;
  for (const char* folder : {"hangs_on_opening", "hangs_on_registration"}) {
    INFO(folder);
    const Error error = refusal_of(folder, 1);
    CHECK(error.code() == "P402");
    CHECK(error.expected().starts_with("at most 1 s"));
  }
}

TEST_CASE("a quarantined plugin is not tried again until its library changes") {
  const FreshCache cache;
  const TempDir dir;
  const fs::path folder = dir / "plugin";
  fs::copy(kQuarantined / "aborts_on_opening", folder);
  auto outcome = [&](bool only_look) {
    LoaderHost host({folder}, with_seconds(60), /*trial=*/true);
    host.manager.check_stamps();
    if (!only_look) error_of([&] { host.manager.load("org.modelhost.tests.aborts-on-opening"); });
    const PluginEntry entry = host.manager.entries().at(0);
    return std::string(trial_name(entry.trial)) + " " +
           (entry.refusal ? std::string(entry.refusal->code()) : "");
  };
  CHECK(outcome(/*only_look=*/true) == "untried ");
  CHECK(outcome(/*only_look=*/false) == "failed P401");
  CHECK(outcome(/*only_look=*/true) == "failed P401");  // from the cache: nothing was opened
  CHECK(cache.verdicts() == 1);
  fs::last_write_time(folder / "libaborts_on_opening.so", fs::file_time_type::clock::now());
  CHECK(outcome(/*only_look=*/true) == "untried ");
  CHECK(outcome(/*only_look=*/false) == "failed P401");
}

TEST_CASE("a good plugin is tried once and then opened directly") {
  const FreshCache cache;
  {
    LoaderHost host({kTiny}, {}, /*trial=*/true);
    host.manager.require_model_type("tiny");
    CHECK(host.state(0) == "loaded");
    CHECK(host.manager.entries()[0].trial == PluginTrial::kPassed);
    CHECK(host.warnings().empty());
  }
  CHECK(cache.verdicts() == 1);
  const Manifest manifest = read_manifest(kTiny / "tiny.plugin.yaml");
  const auto known = try_plugin(manifest, kTiny / "libtiny.so", 10, "/no/program/is/needed");
  REQUIRE(known);
  CHECK_FALSE(known->refusal.has_value());
}

TEST_CASE("what a plugin answers in its trial is its refusal, and a repaired one needs no restart") {
  const FreshCache cache;
  const TempDir dir;
  test::copy_tiny(dir / "tiny", "1.0.0", "1.0.1");
  LoaderHost host({dir.path()}, {}, /*trial=*/true);
  const Error error = error_of([&] { host.manager.load("org.modelhost.tests.tiny"); });
  CHECK(error.code() == "P503");
  CHECK(error.notes().find("restart") == std::string::npos);
  CHECK(cache.verdicts() == 0);  // the manifest may change while the library does not
  test::copy_tiny(dir / "tiny");
  host.manager.scan();
  CHECK_NOTHROW(host.manager.load("org.modelhost.tests.tiny"));
}

TEST_CASE("without the program for trials plugins are opened without one, and that is said once") {
  const FreshCache cache;
  const Manifest manifest = read_manifest(kTiny / "tiny.plugin.yaml");
  LoaderHost host({});  // keeps the log
  for (const char* program : {"/no/such/program", "/bin/false", "/bin/true"})
    CHECK_FALSE(try_plugin(manifest, kTiny / "libtiny.so", 10, program));
  CHECK(host.warnings().size() == 1);
  CHECK(host.warnings()[0].find("/no/such/program") != std::string::npos);
  CHECK(cache.verdicts() == 0);
}

TEST_CASE("settings that turn the trial off open the library at once") {
  const FreshCache cache;
  LoaderHost host({kTiny});
  host.manager.require_model_type("tiny");
  CHECK(host.manager.entries()[0].trial == PluginTrial::kSkipped);
  CHECK(cache.verdicts() == 0);
}

TEST_CASE("the program for trials lies beside the library and says what it is") {
  REQUIRE(::access(trial_program().c_str(), X_OK) == 0);
}

}  // namespace
}  // namespace modelhost::host
