// sdk/AUTHORS.md shows the very files that the tests build.
#include <catch2/catch_test_macros.hpp>

#include <regex>

#include "support/paths.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

using test::read_bytes;
using test::source_path;

// The file, or what stands between two lines `// [mark]`.
std::string part_of(const std::string& file, const std::string& mark) {
  const std::string text = read_bytes(source_path(file));
  if (mark.empty()) return text;
  const std::string line = "// [" + mark + "]\n";
  const auto start = text.find(line);
  const auto end = start == std::string::npos ? start : text.find(line, start + line.size());
  INFO(file << " has no part " << mark);
  REQUIRE(end != std::string::npos);
  return text.substr(start + line.size(), end - start - line.size());
}

TEST_CASE("the guide for authors shows code that is built, word for word") {
  const std::string guide = read_bytes(source_path("sdk/AUTHORS.md"));
  const std::regex source("<!-- (\\S+)( \\[(\\w+)\\])? -->\n```\\w+\n");
  int blocks = 0;
  for (std::sregex_iterator found(guide.begin(), guide.end(), source), end; found != end; ++found, ++blocks) {
    const std::string wanted = part_of((*found)[1], (*found)[3]);
    const auto start = static_cast<std::size_t>(found->position() + found->length());
    CAPTURE((*found)[1].str(), (*found)[3].str());
    CHECK(guide.substr(start, wanted.size() + 3) == wanted + "```");
  }
  CHECK(blocks >= 8);
}

}  // namespace
}  // namespace modelhost
