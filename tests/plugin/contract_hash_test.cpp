// Which headers count in a plugin's stamp: sdk/cmake/ModelhostContract.cmake on small trees.
#include <catch2/catch_test_macros.hpp>

#include <cstdio>
#include <filesystem>
#include <set>
#include <string>

#include "modelhost/version.h"
#include "support/installed_sdk.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::TempDir;

struct Contract {
  std::string hash;
  std::set<std::string> headers;  // without "modelhost/"
  std::set<std::string> wall;     // likewise
};

std::set<std::string> files_below(const fs::path& folder) {
  std::set<std::string> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.insert(fs::relative(entry.path(), folder).string());
  }
  return files;
}

Contract contract_of(const fs::path& include) {
  const TempDir dir;
  const fs::path script = dir.write(
      "script.cmake",
      "include(\"" + test::source_path("sdk/cmake/ModelhostContract.cmake").string() + "\")\n" +
          "modelhost_headers_reached(reached \"" + include.string() + "\" ${MODELHOST_CONTRACT_HEADERS})\n" +
          "modelhost_header_hash(hash \"" + include.string() + "\" ${reached})\n" +
          "modelhost_write_wall(\"" + (dir / "wall").string() + "\" \"" + include.string() + "\" ${reached})\n" +
          "message(\"${hash}\")\nforeach(header IN LISTS reached)\n  message(\"${header}\")\nendforeach()\n");
  const auto ran = test::run_program({test::cmake(), "-P", script.string()});
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  std::istringstream lines(ran.err);
  Contract contract;
  lines >> contract.hash;
  for (std::string header; lines >> header;) contract.headers.insert(header.substr(header.find('/') + 1));
  contract.wall = files_below(dir / "wall/modelhost");
  return contract;
}

// A contract of two headers that a plugin includes, two that those include, and two headers of programs.
TempDir small_tree() {
  TempDir dir;
  dir.write("modelhost/plugin/plugin.h", "#pragma once\n#include <string>\n#include \"modelhost/registry/spec.h\"\n");
  dir.write("modelhost/registry/spec.h", "#pragma once\n  #  include <modelhost/base/error.h>  // angles too\n");
  dir.write("modelhost/base/error.h", "#include \"modelhost/version.h\"\n#include \"modelhost/registry/spec.h\"\n");
  dir.write("modelhost/nn/linear.h", "struct Linear {};\n");
  dir.write("modelhost/load/load_plan.h", "#include \"modelhost/nn/linear.h\"\n");
  dir.write("modelhost/plugin/abi_check.h", "struct AbiMismatch {};\n");
  return dir;
}

TEST_CASE("the contract is what a plugin may include with all that comes with it, and the wall is the rest") {
  const TempDir dir = small_tree();
  const Contract contract = contract_of(dir.path());
  CHECK(contract.headers ==
        std::set<std::string>{"plugin/plugin.h", "registry/spec.h", "base/error.h", "nn/linear.h"});
  CHECK(contract.wall == std::set<std::string>{"load/load_plan.h", "plugin/abi_check.h"});
}

TEST_CASE("a header that no plugin sees leaves the hash as it was, changed, added or removed") {
  const TempDir dir = small_tree();
  const std::string before = contract_of(dir.path()).hash;
  dir.write("modelhost/load/load_plan.h", "struct LoadPlan { int more; };\n");
  CHECK(contract_of(dir.path()).hash == before);
  dir.write("modelhost/server/server.h", "#include \"modelhost/nn/linear.h\"\n");
  CHECK(contract_of(dir.path()).hash == before);
  fs::remove(dir / "modelhost/plugin/abi_check.h");
  CHECK(contract_of(dir.path()).hash == before);
}

TEST_CASE("a header that a plugin sees changes the hash, however far away it is included") {
  const TempDir dir = small_tree();
  std::set<std::string> hashes = {contract_of(dir.path()).hash};
  dir.write("modelhost/base/error.h", "struct Error { int more; };\n");
  CHECK(hashes.insert(contract_of(dir.path()).hash).second);
  dir.write("modelhost/nn/conv1d.h", "struct Conv1D {};\n");  // new in a folder of the contract
  CHECK(hashes.insert(contract_of(dir.path()).hash).second);
  dir.write("modelhost/nn/linear.h", "#include \"modelhost/load/load_plan.h\"\n");  // what was outside comes in
  CHECK(hashes.insert(contract_of(dir.path()).hash).second);
  dir.write("modelhost/load/load_plan.h", "struct LoadPlan {};\n");
  CHECK(hashes.insert(contract_of(dir.path()).hash).second);
  fs::rename(dir / "modelhost/nn/conv1d.h", dir / "modelhost/nn/conv2d.h");
  CHECK(hashes.insert(contract_of(dir.path()).hash).second);
}

TEST_CASE("the stamp of this build carries the hash of this checkout's contract") {
  const Contract contract = contract_of(test::source_path("sdk/include"));
  char stamp[17];
  std::snprintf(stamp, sizeof stamp, "%016llx", static_cast<unsigned long long>(MODELHOST_HEADER_HASH));
  CHECK(contract.hash == stamp);
  for (const char* inside : {"plugin/plugin.h", "plugin/abi_stamp.h", "registry/model_spec.h", "model/pretrained_model.h",
                             "nn/linear.h", "config/pretrained_config.h", "base/error_codes.h", "base/log.h"}) {
    CAPTURE(inside);
    CHECK(contract.headers.contains(inside));
  }
  for (const char* outside : {"plugin/abi_check.h", "registry/model_registry.h", "checkpoint/error_codes.h",
                              "load/from_pretrained.h", "save/save_pretrained.h", "testing/conformance.h"}) {
    CAPTURE(outside);
    CHECK(contract.wall.contains(outside));
  }
}

}  // namespace
}  // namespace modelhost
