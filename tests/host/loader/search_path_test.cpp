#include "modelhost/host/loader/search_path.h"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <optional>
#include <string>

#include "support/error_of.h"
#include "support/paths.h"
#include "support/temp_dir.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using test::TempDir;

// Sets an environment variable for one test.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~Environment() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

std::vector<fs::path> names(const DirectoryListing& listing) {
  std::vector<fs::path> all;
  for (const fs::path& manifest : listing.manifests) all.push_back(manifest.lexically_relative(listing.path));
  return all;
}

TEST_CASE("directories are searched in the documented order") {
  const Environment list("MODELHOST_PLUGIN_PATH", "/env/one::/env/two:");
  const Environment data("XDG_DATA_HOME", "/data");
  const SearchPath path = default_search_path({"/flag"}, {"/settings"});
  REQUIRE(path.size() == 6);
  CHECK(path[0].path == "/flag");
  CHECK(path[1].path == "/env/one");
  CHECK(path[2].path == "/env/two");
  CHECK(path[3].path == "/settings");
  CHECK(path[4].path == "/data/modelhost/plugins");
  CHECK(path[4].origin == PluginOrigin::kUser);
  CHECK(path[5].path == test::build_path("lib/modelhost/plugins"));
  CHECK(path[5].origin == PluginOrigin::kInstalled);
}

TEST_CASE("without a usable XDG_DATA_HOME the home directory counts, and without that nothing") {
  const Environment list("MODELHOST_PLUGIN_PATH", "");
  const Environment data("XDG_DATA_HOME", "relative");
  {
    const Environment home("HOME", "/home/somebody");
    CHECK(default_search_path().at(0).path == "/home/somebody/.local/share/modelhost/plugins");
  }
  const Environment home("HOME", "");
  CHECK(default_search_path().size() == 1);
}

TEST_CASE("manifests are found in a directory and its folders, no deeper, sorted") {
  const TempDir dir;
  for (const char* name : {"b.plugin.yaml", "z/a.plugin.yaml", "a/c.plugin.yaml", "a/b/deep.plugin.yaml",
                           "x.yaml", "a/.plugin.yaml", "plugin.yaml"}) {
    dir.write(name, "");
  }
  fs::create_directories(dir / "folder.plugin.yaml");
  const auto listings = list_plugin_directories({{dir.path(), PluginOrigin::kFlag}});
  REQUIRE(listings.size() == 1);
  CHECK(names(listings[0]) == std::vector<fs::path>{"b.plugin.yaml", "a/c.plugin.yaml", "z/a.plugin.yaml"});
  CHECK_FALSE(listings[0].problem.has_value());
}

TEST_CASE("a directory or manifest under two names counts once") {
  const TempDir dir;
  dir.write("one/a.plugin.yaml", "");
  dir.write("two/b.plugin.yaml", "");
  fs::create_hard_link(dir / "one/a.plugin.yaml", dir / "two/a.plugin.yaml");
  fs::create_directory_symlink(dir / "one", dir / "again");
  const auto listings = list_plugin_directories({{dir / "one", PluginOrigin::kFlag},
                                                 {dir / "again", PluginOrigin::kFlag},
                                                 {dir / "one/../one", PluginOrigin::kSettings},
                                                 {dir / "two", PluginOrigin::kFlag}});
  REQUIRE(listings.size() == 2);
  CHECK(listings[0].path == dir / "one");
  CHECK(names(listings[1]) == std::vector<fs::path>{"b.plugin.yaml"});
}

TEST_CASE("a missing directory is a problem when somebody named it and silence otherwise") {
  const TempDir dir;
  const fs::path none = dir / "none";
  for (const PluginOrigin origin :
       {PluginOrigin::kFlag, PluginOrigin::kEnvironment, PluginOrigin::kSettings}) {
    const auto listings = list_plugin_directories({{none, origin}});
    REQUIRE(listings.size() == 1);
    CHECK(listings[0].problem.value().code() == "IO105");
    CHECK(listings[0].problem->file() == none.string());
  }
  CHECK(list_plugin_directories({{none, PluginOrigin::kUser}, {none, PluginOrigin::kInstalled}}).empty());
}

TEST_CASE("a file in the place of a directory is a problem") {
  const TempDir dir;
  const auto listings = list_plugin_directories({{dir.write("file", ""), PluginOrigin::kFlag}});
  CHECK(listings.at(0).problem.value().code() == "IO105");
}

TEST_CASE("a directory that everybody can write to is refused unless a flag names it") {
  const TempDir dir;
  dir.write("open/a.plugin.yaml", "");
  fs::permissions(dir / "open", fs::perms::all);
  for (const PluginOrigin origin :
       {PluginOrigin::kEnvironment, PluginOrigin::kSettings, PluginOrigin::kUser}) {
    const auto listings = list_plugin_directories({{dir / "open", origin}});
    CHECK(listings.at(0).problem.value().code() == "P203");
    CHECK(listings[0].manifests.empty());
  }
  const auto listings = list_plugin_directories({{dir / "open", PluginOrigin::kFlag}});
  CHECK_FALSE(listings.at(0).problem.has_value());
  CHECK(listings[0].manifests.size() == 1);
}

}  // namespace
}  // namespace modelhost::host
