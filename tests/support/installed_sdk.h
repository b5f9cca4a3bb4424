// The SDK as `cmake --install` gives it, and projects that are built against it.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "support/build_settings.h"
#include "support/program.h"

namespace modelhost::test {

/// The CMake that this build was made with.
inline std::string cmake() {
  return cmake_cache("CMAKE_COMMAND");
}

/// Installs this build into `prefix`, which CMake makes.
inline void install_sdk(const std::filesystem::path& prefix) {
  const auto installed =
      run_program({cmake(), "--install", build_path("").string(), "--prefix", prefix.string()});
  INFO(installed.err);
  REQUIRE(installed.status == 0);
}

/// The flags of this build's sanitizers: a plugin must have its host's.
inline std::string sanitizer_flags() {
  const std::string sanitize = cmake_cache("MODELHOST_SANITIZE");
  return sanitize.empty() ? "" : "-fsanitize=" + sanitize;
}

/// Configures `source` into `build` against the SDK in `prefix`, as this build is configured.
inline ProgramResult configure_against(const std::filesystem::path& prefix,
                                       const std::filesystem::path& source,
                                       const std::filesystem::path& build,
                                       const std::vector<std::string>& more = {},
                                       const std::vector<std::string>& environment = {}) {
  std::vector<std::string> arguments = {cmake(), "-G", cmake_cache("CMAKE_GENERATOR")};
  for (const std::string name : {"CMAKE_CXX_COMPILER", "CMAKE_BUILD_TYPE"})
    arguments.push_back("-D" + name + "=" + cmake_cache(name));
  const std::vector<std::string> own = {"-S",
                                        source.string(),
                                        "-B",
                                        build.string(),
                                        "-DCMAKE_CXX_FLAGS=" + sanitizer_flags(),
                                        "-Dmodelhost_DIR=" + (prefix / "lib/cmake/modelhost").string()};
  arguments.insert(arguments.end(), own.begin(), own.end());
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_program(arguments, "", environment);
}

}  // namespace modelhost::test
