// What it takes to add an architecture to this repository: a folder.
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "support/installed_sdk.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::cmake;
using test::cmake_cache;
using test::ProgramResult;
using test::run_program;
using test::TempDir;

const std::string kNew = "plugins/distilbert/";

// A copy of this repository with the plugin of sdk/AUTHORS.md in a folder of its own.
struct Repository {
  Repository() {
    for (const char* part : {"CMakeLists.txt", "CMakePresets.json", "README.md", "configs", "host", "plugins",
                             "sdk", "tests", "tools"})
      fs::copy(test::source_path(part), root / part, fs::copy_options::recursive);
    // LibTorch under the name that it has here, for the sake of compiler caches.
    if (fs::exists(test::source_path(".venv")))
      fs::create_directory_symlink(test::source_path(".venv"), root / ".venv");
    before = contents();
    fs::copy(test::source_path("tests/third_party_plugin"), root / kNew, fs::copy_options::recursive);
  }

  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(root.path())) {
      if (entry.is_regular_file())
        files[entry.path().lexically_relative(root.path()).string()] = test::read_bytes(entry.path());
    }
    return files;
  }

  // Paths that were changed, added or taken away.
  std::vector<std::string> edits() const {
    auto after = contents();
    std::vector<std::string> edited;
    for (const auto& [path, bytes] : before) {
      const auto now = after.find(path);
      if (now == after.end() || now->second != bytes) edited.push_back(path);
      if (now != after.end()) after.erase(now);
    }
    for (const auto& [path, bytes] : after) edited.push_back(path);
    return edited;
  }

  ProgramResult configure() const {
    std::vector<std::string> arguments = {cmake(), "-G", cmake_cache("CMAKE_GENERATOR")};
    for (const std::string name :
         {"CMAKE_CXX_COMPILER", "CMAKE_BUILD_TYPE", "MODELHOST_SANITIZE", "MODELHOST_WERROR"})
      arguments.push_back("-D" + name + "=" + cmake_cache(name));
    if (!fs::exists(root / ".venv")) arguments.push_back("-DTorch_DIR=" + cmake_cache("Torch_DIR"));
    arguments.insert(arguments.end(), {"-S", root.path().string(), "-B", build.path().string()});
    return run_program(arguments);
  }

  ProgramResult run_cmake(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {cmake(), "--build", build.path().string()});
    return run_program(arguments);
  }

  ProgramResult run_ctest(std::vector<std::string> arguments) const {
    const fs::path ctest = fs::path(cmake()).parent_path() / "ctest";
    arguments.insert(arguments.begin(), {ctest.string(), "--test-dir", build.path().string()});
    return run_program(arguments);
  }

  TempDir root, build;
  std::map<std::string, std::string> before;
};

TEST_CASE("adding an architecture edits no file outside its folder, and its build and test are there") {
  const Repository repository;
  const ProgramResult configured = repository.configure();
  INFO(configured.err);
  REQUIRE(configured.status == 0);
  CHECK(repository.run_cmake({"--target", "help"}).out.find("distilbert:") != std::string::npos);
  CHECK(repository.run_ctest({"-N"}).out.find("distilbert.conformance") != std::string::npos);
  const auto edits = repository.edits();
  REQUIRE_FALSE(edits.empty());
  for (const std::string& path : edits) CHECK(path.starts_with(kNew));
}

TEST_CASE("an architecture that was added is built, passes and is served", "[slow]") {
  const Repository repository;
  REQUIRE(repository.configure().status == 0);
  const ProgramResult built = repository.run_cmake({"--parallel", "2", "--target", "modelhost_program"});
  INFO(built.out);
  REQUIRE(built.status == 0);
  const ProgramResult tested =
      repository.run_ctest({"-R", "distilbert.conformance", "--no-tests=error", "--output-on-failure"});
  INFO(tested.out);
  CHECK(tested.status == 0);
  const ProgramResult inspected = run_program({(repository.build / "bin/modelhost").string(), "plugins"});
  CHECK(inspected.out.find("DistilBertForMaskedLM") != std::string::npos);
  for (const std::string& path : repository.edits()) CHECK(path.starts_with(kNew));
}

}  // namespace
}  // namespace modelhost
