// The headers that a plugin can see do not change without the number that plugins carry.
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "modelhost/version.h"
#include "support/paths.h"

namespace modelhost {
namespace {

struct Record {
  int number = 0;
  std::string hash;
};

Record newest_record() {
  std::ifstream file(test::source_path("sdk/abi_record.txt"));
  Record newest;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    Record record;
    REQUIRE(std::istringstream(line) >> record.number >> record.hash);
    INFO("numbers only grow: " << line);
    REQUIRE(record.number > newest.number);
    newest = record;
  }
  return newest;
}

TEST_CASE("a header that a plugin can see changes only together with MODELHOST_SDK_ABI") {
  char hash[17];
  std::snprintf(hash, sizeof hash, "%016llx", static_cast<unsigned long long>(MODELHOST_HEADER_HASH));
  const Record newest = newest_record();
  INFO(
      "headers of the plugin contract changed (sdk/cmake/ModelhostContract.cmake). Set MODELHOST_SDK_ABI in\n"
      "sdk/version.h.in to a number that is not in sdk/abi_record.txt, and add the line\n    <that number> "
      << hash
      << "\nPlugins must be built again: say so in the commit. (Of two branches that are merged, each with\n"
      << "a line of its own, keep both and raise the number once more.)");
  CHECK(newest.hash == hash);
  CHECK(newest.number == MODELHOST_SDK_ABI);
}

}  // namespace
}  // namespace modelhost
