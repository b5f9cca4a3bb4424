// What `cmake --install` gives, as the author of a plugin meets it.
#include <catch2/catch_test_macros.hpp>

#include "modelhost/base/json.h"
#include "modelhost/version.h"
#include "support/installed_sdk.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::configure_against;
using test::install_sdk;
using test::run_program;
using test::TempDir;

constexpr const char* kProject =
    "cmake_minimum_required(VERSION 3.25)\nproject(consumer LANGUAGES CXX)\nfind_package(modelhost "
    "REQUIRED)\n"
    "modelhost_add_plugin(NAME foo MANIFEST foo.plugin.yaml SOURCES foo.cpp)\n"
    "add_executable(program foo.cpp)\ntarget_link_libraries(program PRIVATE modelhost::host)\n";

void write_project(const TempDir& dir, const std::string& lists) {
  dir.write("project/CMakeLists.txt", lists);
  dir.write("project/foo.cpp", "int main() {}\n");
  dir.write("project/foo.plugin.yaml", "manifest: 1\n");
}

// A LibTorch of another release, as far as CMake can tell.
std::string other_torch(const TempDir& dir) {
  dir.write("torch/TorchConfig.cmake", "set(TORCH_LIBRARIES)\n");
  dir.write("torch/TorchConfigVersion.cmake",
            "set(PACKAGE_VERSION 2.12.1)\nset(PACKAGE_VERSION_COMPATIBLE TRUE)\n");
  return "-DTorch_DIR=" + (dir / "torch").string();
}

TEST_CASE("the installed SDK is used from wherever it was moved to") {
  const TempDir dir;
  install_sdk(dir / "first");
  fs::rename(dir / "first", dir / "second");
  const fs::path prefix = dir / "second";

  const std::string program = (prefix / "bin/modelhost").string();
  CHECK(run_program({program, "--version"}).out == std::string("modelhost ") + MODELHOST_VERSION + "\n");
  const auto plugins =
      run_program({program, "plugins", "--json", "--load"}, "", {"XDG_DATA_HOME=" + dir.path().string()});
  int loaded = 0;
  const Json found = parse_json(plugins.out, "stdout")["plugins"];
  for (const Json& plugin : found) {
    CHECK(plugin["state"] == "loaded");
    CHECK(plugin["manifest"].get<std::string>().starts_with(prefix.string()));
    ++loaded;
  }
  CHECK(loaded >= 1);

  write_project(dir, kProject);
  const auto configured = configure_against(prefix, dir / "project", dir / "build");
  INFO(configured.err);
  CHECK(configured.status == 0);
  CHECK(fs::exists(dir / "build/plugins/foo/foo.plugin.yaml"));
}

TEST_CASE("a plugin that includes a header of programs is told so when it is compiled") {
  const TempDir dir;
  install_sdk(dir / "prefix");
  write_project(dir, kProject);
  dir.write("project/foo.cpp", "#include \"modelhost/load/load_plan.h\"\n");
  REQUIRE(configure_against(dir / "prefix", dir / "project", dir / "build").status == 0);
  const auto built = run_program({test::cmake(), "--build", (dir / "build").string(), "--target", "foo"});
  INFO(built.out << built.err);
  CHECK(built.status != 0);
  CHECK((built.out + built.err).find("modelhost/load/load_plan.h is for programs") != std::string::npos);
}

TEST_CASE("the installed package names no folder of this checkout, but the LibTorch that was used") {
  const TempDir dir;
  install_sdk(dir / "prefix");
  for (const auto& entry : fs::directory_iterator(dir / "prefix/lib/cmake/modelhost")) {
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("set(MODELHOST_TORCH_HINT")) continue;
      CAPTURE(entry.path().filename(), line);
      CHECK(line.find(test::source_path("").string()) == std::string::npos);
    }
  }
}

TEST_CASE("another LibTorch is refused when a plugin is configured, with both versions") {
  const TempDir dir;
  install_sdk(dir / "prefix");
  write_project(dir, kProject);
  const auto refused = configure_against(dir / "prefix", dir / "project", dir / "build", {other_torch(dir)});
  CHECK(refused.status != 0);
  std::string text;  // CMake breaks lines where it likes
  for (const char c : refused.err) {
    if (c != ' ' && c != '\n') text += c;
  }
  CAPTURE(refused.err);
  CHECK(text.find("LibTorch2.12.1wasfoundin" + (dir / "torch").string()) != std::string::npos);
  CHECK(text.find("needsexactly2.13.0") != std::string::npos);
}

TEST_CASE("a project that can do without modelhost is told that it was not found") {
  const TempDir dir;
  install_sdk(dir / "prefix");
  write_project(
      dir,
      "cmake_minimum_required(VERSION 3.25)\nproject(consumer LANGUAGES CXX)\n"
      "find_package(modelhost QUIET)\nif(modelhost_FOUND)\n  message(FATAL_ERROR found)\nendif()\n");
  const auto configured =
      configure_against(dir / "prefix", dir / "project", dir / "build", {other_torch(dir)});
  INFO(configured.err);
  CHECK(configured.status == 0);
}

}  // namespace
}  // namespace modelhost
