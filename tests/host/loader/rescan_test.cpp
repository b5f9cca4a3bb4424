// Plugins and settings that change while a host runs.
#include <catch2/catch_test_macros.hpp>

#include "loader_support.h"
#include "modelhost/host/host.h"
#include "support/environment.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using test::code_of;
using test::copy_tiny;
using test::kTinyId;
using test::LoaderHost;
using test::TempDir;
using Lines = std::vector<std::string>;

// A loaded tiny plugin in a folder of the test's own.
struct Loaded {
  TempDir dir;
  fs::path folder = dir / "plugins/tiny";
  std::unique_ptr<LoaderHost> host;

  Loaded() {
    copy_tiny(folder);
    host = std::make_unique<LoaderHost>(std::vector<fs::path>{dir / "plugins"});
    host->manager.require_model_type("tiny");
  }
  ScanChanges rescan(HostSettings settings = {}) {
    return host->manager.rescan(test::flag_path({dir / "plugins"}), test::without_trial(std::move(settings)));
  }
  PluginEntry entry() const { return host->manager.entries().at(0); }
  bool serves() const {
    return code_of([&] { host->manager.require_model_type("tiny"); }) == "none";
  }
};

TEST_CASE("a rescan finds a plugin that was added, and it serves") {
  const TempDir dir;
  fs::create_directories(dir / "plugins");
  LoaderHost host({dir / "plugins"});
  CHECK(code_of([&] { host.manager.require_model_type("tiny"); }) == "P701");
  copy_tiny(dir / "plugins/tiny");
  const ScanChanges changes = host.manager.rescan(test::flag_path({dir / "plugins"}), test::without_trial());
  CHECK(changes.added == Lines{kTinyId + " 1.0.0"});
  CHECK(changes.removed.empty());
  CHECK(changes.restart.empty());
  CHECK_NOTHROW(host.manager.require_model_type("tiny"));
  const ScanChanges none = host.manager.rescan(test::flag_path({dir / "plugins"}), test::without_trial());
  CHECK((none.added.empty() && none.removed.empty() && none.refused.empty() && none.restart.empty()));
}

TEST_CASE("a newer version of a loaded plugin is told to need a restart, and the loaded one goes on") {
  Loaded loaded;
  copy_tiny(loaded.folder, "version: 1.0.0", "version: 1.1.0");
  const ScanChanges changes = loaded.rescan();
  CHECK(changes.restart == Lines{kTinyId + " 1.0.0: replaced by " + kTinyId + " 1.1.0"});
  CHECK(loaded.entry().state == PluginState::kLoaded);
  CHECK(loaded.entry().manifest.version == "1.0.0");
  CHECK(loaded.entry().change == PluginChange::kReplaced);
  CHECK(loaded.serves());
  CHECK(loaded.rescan().restart.size() == 1);  // it is still so
  REQUIRE_FALSE(loaded.host->warnings().empty());
  CHECK(loaded.host->warnings().back().find("until a restart") != std::string::npos);
}

TEST_CASE("another library under the same version is told, other permissions are not") {
  Loaded loaded;
  fs::permissions(loaded.folder / "libtiny.so", fs::perms::group_read, fs::perm_options::remove);
  CHECK(loaded.rescan().restart.empty());
  copy_tiny(loaded.folder);  // a new file with the same bytes: nobody compares them
  CHECK(loaded.rescan().restart.size() == 1);
  CHECK(loaded.entry().change == PluginChange::kReplaced);
  CHECK(loaded.serves());
}

TEST_CASE("a loaded plugin that was removed stays loaded and is told; put back, all is well") {
  Loaded loaded;
  fs::rename(loaded.folder, loaded.dir / "away");
  const ScanChanges changes = loaded.rescan();
  CHECK(changes.restart == Lines{kTinyId + " 1.0.0: removed"});
  CHECK(changes.removed.empty());
  CHECK(loaded.entry().change == PluginChange::kRemoved);
  CHECK(loaded.serves());
  fs::rename(loaded.dir / "away", loaded.folder);
  CHECK(loaded.rescan().restart.empty());
  CHECK(loaded.entry().change == PluginChange::kNone);
}

TEST_CASE("a version that would come first now is told, one that comes later is not") {
  Loaded loaded;
  copy_tiny(loaded.dir / "later/tiny", "version: 1.0.0", "version: 0.9.0");
  auto rescan = [&](const std::vector<fs::path>& directories) {
    return loaded.host->manager.rescan(test::flag_path(directories), test::without_trial()).restart;
  };
  CHECK(rescan({loaded.dir / "plugins", loaded.dir / "later"}).empty());
  CHECK(rescan({loaded.dir / "later", loaded.dir / "plugins"}) ==
        Lines{kTinyId + " 1.0.0: replaced by " + kTinyId + " 0.9.0"});
  CHECK(loaded.serves());
}

TEST_CASE("a loaded plugin that the settings disable now goes on until a restart") {
  Loaded loaded;
  HostSettings settings;
  settings.disable = {kTinyId};
  CHECK(loaded.rescan(settings).restart == Lines{kTinyId + " 1.0.0: disabled"});
  CHECK(loaded.serves());
  CHECK(loaded.rescan().restart.empty());
}

TEST_CASE("plugins that disappear, break and are repaired are told as such") {
  const TempDir dir;
  const auto path = test::flag_path({dir.path()});
  copy_tiny(dir / "tiny");
  LoaderHost host({dir.path()});
  copy_tiny(dir / "tiny", "library: libtiny.so", "library: libtoni.so");
  ScanChanges changes = host.manager.rescan(path, test::without_trial());
  REQUIRE(changes.refused.size() == 1);
  CHECK(changes.refused[0].starts_with(kTinyId + " 1.0.0: P107 "));
  CHECK(changes.removed == Lines{kTinyId + " 1.0.0"});
  copy_tiny(dir / "tiny");
  CHECK(host.manager.rescan(path, test::without_trial()).added == Lines{kTinyId + " 1.0.0"});
  fs::remove_all(dir / "tiny");
  changes = host.manager.rescan(path, test::without_trial());
  CHECK(changes.removed == Lines{kTinyId + " 1.0.0"});
  CHECK(changes.refused.empty());
}

TEST_CASE("a preference that comes after the other plugin was loaded takes a restart") {
  Loaded loaded;
  copy_tiny(loaded.dir / "plugins/rival", "id: org.modelhost.tests.tiny", "id: org.example.rival");
  HostSettings settings;
  settings.prefer["tiny"] = "org.example.rival";
  CHECK(loaded.rescan(settings).refused.size() == 1);
  CHECK(loaded.serves());
  const Error error = test::error_of([&] { loaded.host->manager.load("org.example.rival"); });
  CHECK(error.code() == "P603");
  CHECK(error.notes().find("is loaded and stays so until a restart") != std::string::npos);
  settings.prefer["tiny"] = kTinyId;
  CHECK(loaded.rescan(settings).refused.empty());
}

TEST_CASE("a host reads its settings again, and settings that are broken now change nothing") {
  const TempDir dir;
  copy_tiny(dir / "plugins/tiny");
  const std::string good = "settings: 1\ntrial: {enabled: false}\n";
  const fs::path file = dir.write("host.yaml", good);
  LoaderHost quiet({});
  HostOptions options;
  options.settings_file = file;
  modelhost::host::Host program(options);
  CHECK(code_of([&] { program.plugins().require_model_type("tiny"); }) == "P701");
  dir.write("host.yaml", good + "plugin_dirs: [plugins]\nplugin_dir: []\n");
  CHECK(code_of([&] { program.rescan(); }) == "R103");
  CHECK(code_of([&] { program.plugins().require_model_type("tiny"); }) == "P701");
  dir.write("host.yaml", good + "plugin_dirs: [plugins]\n");
  CHECK(program.rescan().added == Lines{kTinyId + " 1.0.0"});
  CHECK_NOTHROW(program.plugins().require_model_type("tiny"));
}

}  // namespace
}  // namespace modelhost::host
