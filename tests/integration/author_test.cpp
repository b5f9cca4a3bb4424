// From an installed SDK to a plugin that passes: out of tree, as an author does it.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <cstdio>
#include <set>
#include <sstream>

#include "modelhost/base/json.h"
#include "modelhost/plugin/abi_check.h"
#include "support/contract.h"
#include "support/installed_sdk.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::cmake;
using test::configure_against;
using test::install_sdk;
using test::ProgramResult;
using test::read_bytes;
using test::run_program;
using test::TempDir;

// Compiling twice what did not change would be the longest part of these tests.
std::vector<std::string> compiler_cache(const TempDir& dir) {
  if (!test::cmake_cache("CCACHE_PROGRAM").ends_with("ccache")) return {};
  return {"CMAKE_CXX_COMPILER_LAUNCHER=ccache", "CCACHE_NOHASHDIR=1",
          "CCACHE_BASEDIR=" + dir.path().string()};
}

ProgramResult build(const fs::path& folder, const TempDir& dir) {
  return run_program({cmake(), "--build", folder.string(), "--parallel", "2"}, "", compiler_cache(dir));
}

ProgramResult run_ctest(const fs::path& folder) {
  const fs::path ctest = fs::path(cmake()).parent_path() / "ctest";
  return run_program(
      {ctest.string(), "--test-dir", folder.string(), "--output-on-failure", "--no-tests=error"});
}

// What the host would carry if somebody added a capability now: a plugin whose stamp has the same is not
// refused.
std::string hash_with_another_capability(const TempDir& dir) {
  fs::copy(test::source_path("sdk/include"), dir / "include", fs::copy_options::recursive);
  dir.write("include/modelhost/capabilities/greeting.h",
            read_bytes(test::source_path("tests/capability_plugins/greeting.h")));
  return test::contract_of(dir / "include").hash;
}

std::string hex(uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
  return text;
}

Json check_plugin(const fs::path& prefix, const fs::path& manifest, const fs::path& goldens) {
  const auto checked = run_program({(prefix / "bin/modelhost").string(), "check-plugin", manifest.string(),
                                    "--goldens", goldens.string(), "--json"});
  INFO(checked.out << checked.err);
  CHECK(checked.status == 0);
  return parse_json(checked.out, "stdout");
}

TEST_CASE("an architecture that is not here is built out of tree against the installed SDK, and passes",
          "[slow]") {
  const TempDir dir;
  const fs::path prefix = dir / "prefix", source = dir / "source";
  install_sdk(prefix);
  fs::copy(test::source_path("tests/third_party_plugin"), source, fs::copy_options::recursive);
  const auto configured = configure_against(prefix, source, dir / "build", {}, compiler_cache(dir));
  INFO(configured.err);
  REQUIRE(configured.status == 0);
  const auto built = build(dir / "build", dir);
  INFO(built.out);
  REQUIRE(built.status == 0);

  const Json report =
      check_plugin(prefix, dir / "build/plugins/distilbert/distilbert.plugin.yaml", source / "goldens");
  CHECK(report["counts"]["pass"] >= 90);
  for (const Json& one : report["cases"]) {
    const std::string id = one["id"];
    const bool has_feature = id == "golden-parity" || id == "prune-heads" || id == "padding-invariance" ||
                             id == "gradient-checkpointing" || id == "resize-positions";
    if (has_feature) CHECK(one["result"] == "pass");
  }
  CHECK(hex(read_abi_stamp(dir / "build/plugins/distilbert/libdistilbert.so").header_hash) ==
        hash_with_another_capability(dir));
  const auto tested = run_ctest(dir / "build");  // the same as the test that modelhost_add_plugin registers
  INFO(tested.out);
  CHECK(tested.status == 0);
  CHECK(tested.out.find("distilbert.conformance") != std::string::npos);
}

// Lines of code in the sources of a folder: neither blank nor comment.
int64_t code_lines(const fs::path& folder) {
  int64_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".h" && extension != ".cpp") continue;
    std::istringstream text(read_bytes(entry.path()));
    for (std::string line; std::getline(text, line);) {
      const auto start = line.find_first_not_of(' ');
      if (start != std::string::npos && line.compare(start, 2, "//") != 0) ++count;
    }
  }
  return count;
}

TEST_CASE("a model of images is written in 220 lines, passes, and skips only what is about text", "[slow]") {
  const TempDir dir;
  const fs::path prefix = dir / "prefix", source = dir / "source";
  install_sdk(prefix);
  fs::copy(test::source_path("tests/vit_plugin"), source, fs::copy_options::recursive);
  CHECK(code_lines(source) <= 220);
  REQUIRE(configure_against(prefix, source, dir / "build", {}, compiler_cache(dir)).status == 0);
  const auto built = build(dir / "build", dir);
  INFO(built.out);
  REQUIRE(built.status == 0);
  const Json report = check_plugin(prefix, dir / "build/plugins/vit/vit.plugin.yaml", source / "goldens");
  const std::set<std::string> about_images = {"golden-parity",
                                              "prune-heads",
                                              "gradients-reach-every-parameter",
                                              "batching-equivalence",
                                              "gradient-checkpointing",
                                              "initialises-everything"};
  for (const Json& one : report["cases"]) {
    CAPTURE(one.dump());
    if (about_images.contains(one["id"].get<std::string>())) CHECK(one["result"] == "pass");
  }
}

TEST_CASE("what new-plugin writes builds and passes as it is", "[slow]") {
  const std::string kind = GENERATE("encoder", "decoder");
  const TempDir dir;
  install_sdk(dir / "prefix");
  const fs::path project = dir / "project";
  const auto written =
      run_program({(dir / "prefix/bin/modelhost").string(), "new-plugin", "--id", "org.acme.foo",
                   "--model-type", "foo", "--kind", kind, "--directory", project.string()});
  INFO(written.err);
  REQUIRE(written.status == 0);

  const auto configured = run_program({cmake(), "-S", project.string(), "--preset", "default",
                                       "-DCMAKE_CXX_COMPILER=" + test::cmake_cache("CMAKE_CXX_COMPILER"),
                                       "-DCMAKE_CXX_FLAGS=" + test::sanitizer_flags()},
                                      "", compiler_cache(dir));
  INFO(configured.err);
  REQUIRE(configured.status == 0);
  const auto built = build(project / "build", dir);
  INFO(built.out);
  REQUIRE(built.status == 0);
  const auto tested = run_ctest(project / "build");
  INFO(tested.out);
  CHECK(tested.status == 0);
  CHECK(tested.out.find("foo.conformance") != std::string::npos);
}

}  // namespace
}  // namespace modelhost
