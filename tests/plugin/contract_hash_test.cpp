// Which headers count in a plugin's stamp: sdk/cmake/ModelhostContract.cmake on small trees.
#include <catch2/catch_test_macros.hpp>

#include <cstdio>
#include <set>
#include <string>

#include "modelhost/version.h"
#include "support/contract.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::Contract;
using test::contract_of;
using test::TempDir;

// A contract of two headers that a plugin includes, two that those include, and two headers of programs.
void write_small_tree(const TempDir& dir) {
  dir.write("modelhost/plugin/plugin.h",
            "#pragma once\n#include <string>\n#include \"modelhost/registry/spec.h\"\n");
  dir.write("modelhost/registry/spec.h",
            "#pragma once\n  #  include <modelhost/base/error.h>  // angles too\n");
  dir.write("modelhost/base/error.h",
            "#include \"modelhost/version.h\"\n#include \"modelhost/registry/spec.h\"\n");
  dir.write("modelhost/nn/linear.h", "struct Linear {};\n");
  dir.write("modelhost/load/load_plan.h", "#include \"modelhost/nn/linear.h\"\n");
  dir.write("modelhost/plugin/abi_check.h", "struct AbiMismatch {};\n");
}

TEST_CASE("the contract is what a plugin may include with all that comes with it, and the wall is the rest") {
  const TempDir dir;
  write_small_tree(dir);
  const Contract contract = contract_of(dir.path());
  CHECK(contract.headers ==
        std::set<std::string>{"plugin/plugin.h", "registry/spec.h", "base/error.h", "nn/linear.h"});
  CHECK(contract.wall == std::set<std::string>{"load/load_plan.h", "plugin/abi_check.h"});
}

TEST_CASE("a header that no plugin sees leaves the hash as it was, changed, added or removed") {
  const TempDir dir;
  write_small_tree(dir);
  const std::string before = contract_of(dir.path()).hash;
  dir.write("modelhost/load/load_plan.h", "struct LoadPlan { int more; };\n");
  CHECK(contract_of(dir.path()).hash == before);
  dir.write("modelhost/server/server.h", "#include \"modelhost/nn/linear.h\"\n");
  CHECK(contract_of(dir.path()).hash == before);
  fs::remove(dir / "modelhost/plugin/abi_check.h");
  CHECK(contract_of(dir.path()).hash == before);
}

TEST_CASE("a header that a plugin sees changes the hash, however far away it is included") {
  const TempDir dir;
  write_small_tree(dir);
  std::set<std::string> hashes = {contract_of(dir.path()).hash};
  dir.write("modelhost/base/error.h", "struct Error { int more; };\n");
  CHECK(hashes.insert(contract_of(dir.path()).hash).second);
  dir.write("modelhost/nn/conv1d.h", "struct Conv1D {};\n");  // new in a folder of the contract
  CHECK(hashes.insert(contract_of(dir.path()).hash).second);
  dir.write("modelhost/nn/linear.h",
            "#include \"modelhost/load/load_plan.h\"\n");  // what was outside comes in
  CHECK(hashes.insert(contract_of(dir.path()).hash).second);
  dir.write("modelhost/load/load_plan.h", "struct LoadPlan {};\n");
  CHECK(hashes.insert(contract_of(dir.path()).hash).second);
  fs::rename(dir / "modelhost/nn/conv1d.h", dir / "modelhost/nn/conv2d.h");
  CHECK(hashes.insert(contract_of(dir.path()).hash).second);
}

TEST_CASE("a capability leaves the hash as it was, and has a number of its own") {
  const TempDir dir;
  write_small_tree(dir);
  const Contract before = contract_of(dir.path());
  CHECK(before.numbers.find("MODELHOST_CAPABILITY_") == std::string::npos);
  dir.write("modelhost/capabilities/greeting.h",
            "#include \"modelhost/nn/linear.h\"\n#include \"modelhost/greeting/words.h\"\n");
  dir.write("modelhost/greeting/words.h", "struct Words {};\n");
  const Contract first = contract_of(dir.path());
  CHECK(first.hash == before.hash);
  CHECK(first.headers == before.headers);
  CHECK(first.wall == before.wall);  // a plugin may include it, and what it includes
  CHECK(first.numbers.find("#define MODELHOST_CAPABILITY_greeting 0x") != std::string::npos);

  dir.write("modelhost/greeting/words.h", "struct Words { int more; };\n");
  const Contract second = contract_of(dir.path());
  CHECK(second.hash == before.hash);
  CHECK(second.numbers != first.numbers);
  dir.write("modelhost/nn/linear.h",
            "struct Linear { int more; };\n");  // the contract's own number tells of that
  const Contract third = contract_of(dir.path());
  CHECK(third.hash != before.hash);
  CHECK(third.numbers == second.numbers);
}

TEST_CASE("the stamp of this build carries the hash of this checkout's contract") {
  const Contract contract = contract_of(test::source_path("sdk/include"));
  char stamp[17];
  std::snprintf(stamp, sizeof stamp, "%016llx", static_cast<unsigned long long>(MODELHOST_HEADER_HASH));
  CHECK(contract.hash == stamp);
  for (const char* inside :
       {"plugin/plugin.h", "plugin/abi_stamp.h", "registry/model_spec.h", "model/pretrained_model.h",
        "nn/linear.h", "config/pretrained_config.h", "base/error_codes.h", "base/log.h"}) {
    CAPTURE(inside);
    CHECK(contract.headers.contains(inside));
  }
  for (const char* outside : {"plugin/abi_check.h", "registry/model_registry.h", "formats/error_codes.h",
                              "load/from_pretrained.h", "save/save_pretrained.h", "testing/conformance.h"}) {
    CAPTURE(outside);
    CHECK(contract.wall.contains(outside));
  }
}

}  // namespace
}  // namespace modelhost
