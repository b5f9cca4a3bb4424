// What sdk/cmake/ModelhostContract.cmake finds in a folder of headers.
#pragma once

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <set>
#include <sstream>
#include <string>

#include "support/installed_sdk.h"
#include "support/temp_dir.h"

namespace modelhost::test {

struct Contract {
  std::string hash;
  std::set<std::string> headers;  ///< without "modelhost/"
  std::set<std::string> wall;     ///< likewise
  std::string numbers;            ///< the header with the numbers of capabilities
};

inline std::set<std::string> files_below(const std::filesystem::path& folder) {
  std::set<std::string> files;
  if (!std::filesystem::exists(folder)) return files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.insert(std::filesystem::relative(entry.path(), folder).string());
  }
  return files;
}

inline Contract contract_of(const std::filesystem::path& include) {
  const TempDir dir;
  const std::string folder = " \"" + include.string() + "\" ";
  const std::string to = "(\"" + dir.path().string();
  const auto script = dir.write(
      "script.cmake",
      "include(\"" + source_path("sdk/cmake/ModelhostContract.cmake").string() + "\")\n" +
          "modelhost_headers_reached(reached" + folder + "${MODELHOST_CONTRACT_HEADERS})\n" +
          "modelhost_headers_reached(visible" + folder +
          "${MODELHOST_CONTRACT_HEADERS} ${MODELHOST_CAPABILITY_HEADERS})\n" +
          "modelhost_header_hash(hash" + folder + "${reached})\n" +
          "modelhost_write_capability_numbers" + to + "/numbers.h\"" + folder + "${reached})\n" +
          "modelhost_write_wall" + to + "/wall\"" + folder + "${visible})\n" +
          "message(\"${hash}\")\nforeach(header IN LISTS reached)\n  message(\"${header}\")\nendforeach()\n");
  const auto ran = run_program({cmake(), "-P", script.string()});
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  std::istringstream lines(ran.err);
  Contract contract;
  lines >> contract.hash;
  for (std::string header; lines >> header;) contract.headers.insert(header.substr(header.find('/') + 1));
  contract.wall = files_below(dir / "wall/modelhost");
  contract.numbers = read_bytes(dir / "numbers.h");
  return contract;
}

}  // namespace modelhost::test
