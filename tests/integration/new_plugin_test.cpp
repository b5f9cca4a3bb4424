// `modelhost new-plugin`: what it writes and what it refuses. tests/integration/author_test.cpp builds it.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>

#include "modelhost/base/json.h"
#include "modelhost/files/json_file.h"
#include "modelhost/host/loader/manifest.h"
#include "support/paths.h"
#include "support/program.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::ProgramResult;
using test::read_bytes;
using test::TempDir;

ProgramResult new_plugin(const std::string& id, const std::string& model_type, const fs::path& directory,
                         const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {test::build_path("bin/modelhost").string(),
                                        "new-plugin",
                                        "--id",
                                        id,
                                        "--model-type",
                                        model_type,
                                        "--directory",
                                        directory.string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return test::run_program(arguments);
}

TEST_CASE("a new plugin is a whole project of fewer than 200 lines, with nothing left to fill in") {
  const TempDir dir;
  const auto result = new_plugin("org.acme.foo", "foo-bar", dir / "project", {"--kind", "decoder"});
  INFO(result.err);
  REQUIRE(result.status == 0);
  std::ptrdiff_t lines = 0;
  for (const auto& entry : fs::directory_iterator(dir / "project")) {
    const std::string text = read_bytes(entry.path());
    CAPTURE(entry.path().filename());
    CHECK(text.find('@') == std::string::npos);
    CHECK(result.out.find(entry.path().filename().string()) != std::string::npos);
    lines += std::ranges::count(text, '\n');
  }
  CHECK(lines < 200);
  for (const char* file : {"CMakeLists.txt", "CMakePresets.json", "README.md", "foo_bar_config.h",
                           "foo_bar_model.h", "foo_bar_plugin.cpp", "foo_bar_test.cpp"})
    CHECK(fs::exists(dir / "project" / file));
  const host::Manifest manifest = host::read_manifest(dir / "project/foo_bar.plugin.yaml");
  CHECK(manifest.id == "org.acme.foo");
  CHECK(manifest.models.at(0).model_type == "foo-bar");
  CHECK(
      (manifest.models.at(0).architectures == std::vector<std::string>{"FooBarModel", "FooBarForCausalLM"}));
  CHECK_NOTHROW(host::check_sdk_range(manifest));
  CHECK_NOTHROW(read_json_file(dir / "project/CMakePresets.json"));
}

TEST_CASE("an encoder has a masked language model, and class names can be chosen") {
  const TempDir dir;
  REQUIRE(new_plugin("org.acme.foo", "4m", dir / "project", {"--name", "FourM"}).status == 0);
  const host::Manifest manifest = host::read_manifest(dir / "project/4m.plugin.yaml");
  CHECK((manifest.models.at(0).architectures == std::vector<std::string>{"FourMModel", "FourMForMaskedLM"}));
}

TEST_CASE("a model type that YAML takes for something else is a text in the manifest") {
  for (const char* type : {"null", "true", "1.5"}) {
    const TempDir dir;
    REQUIRE(new_plugin("org.acme.foo", type, dir / "project", {"--name", "Foo"}).status == 0);
    for (const auto& entry : fs::directory_iterator(dir / "project")) {
      if (!entry.path().filename().string().ends_with(".plugin.yaml")) continue;
      CHECK(host::read_manifest(entry.path()).models.at(0).model_type == type);
    }
  }
}

TEST_CASE("names that no plugin can have are wrong usage, and nothing is written") {
  const TempDir dir;
  const fs::path target = dir / "project";
  CHECK(new_plugin("foo", "foo", target).status == 2);
  CHECK(new_plugin("Org.Acme.Foo", "foo", target).status == 2);
  CHECK(new_plugin("org.acme.foo", "foo bar", target).status == 2);
  CHECK(new_plugin("org.acme.foo", "../foo", target).status == 2);
  CHECK(new_plugin("org.acme.foo", "foo", target, {"--name", "Foo Bar"}).status == 2);
  CHECK(new_plugin("org.acme.foo", "foo", target, {"--kind", "both"}).status == 2);
  for (const char* taken : {"test", "all", "Install", "torch", "edit-cache", "pre-trained"})
    CHECK(new_plugin("org.acme.foo", taken, target).status == 2);
  const auto digit = new_plugin("org.acme.foo", "4m", target);
  CHECK(digit.status == 2);
  CHECK(digit.err.find("--name") != std::string::npos);
  CHECK_FALSE(fs::exists(target));
}

TEST_CASE("a directory that holds something is left alone") {
  const TempDir dir;
  dir.write("project/notes.txt", "mine");
  const auto result = new_plugin("org.acme.foo", "foo", dir / "project");
  CHECK(result.status == 2);
  CHECK(result.err.find((dir / "project").string()) != std::string::npos);
  CHECK(std::distance(fs::directory_iterator(dir / "project"), fs::directory_iterator()) == 1);
  CHECK(new_plugin("org.acme.foo", "foo", dir / "project/notes.txt").status == 2);
  fs::create_directory(dir / "empty");
  CHECK(new_plugin("org.acme.foo", "foo", dir / "empty").status == 0);
}

}  // namespace
}  // namespace modelhost
