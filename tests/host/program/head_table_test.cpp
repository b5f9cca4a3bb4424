#include "program/commands/head_table.h"

#include <sstream>

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost::host {
namespace {

const std::vector<LayerImportance> kLayers = {{{0, 2}, {3, 4}, 3}, {{0, 1, 2}, {0, 1, 0}, 3}};

std::string table(const HeadTableStyle& style) {
  std::ostringstream out;
  print_head_table(out, kLayers, style);
  return out.str();
}

TEST_CASE("a table that nobody watches is plain: numbers, and a dash for a head that is gone") {
  CHECK(table({}) ==
        "  layer     0      1      2 \n"
        "      0  0.60      -   0.80 \n"
        "      1  0.00   1.00   0.00 \n");
}

TEST_CASE("on a terminal a bar stands beside each number") {
  CHECK(table({80, true}) ==
        "  layer     0      1      2 \n"
        "      0  0.60▅     -   0.80▆\n"
        "      1  0.00   1.00█  0.00 \n");
}

TEST_CASE("columns that a narrow terminal has no room for follow below") {
  CHECK(table({22, false}) ==
        "  layer     0      1 \n"
        "      0  0.60      - \n"
        "      1  0.00   1.00 \n"
        "  layer     2 \n"
        "      0  0.80 \n"
        "      1  0.00 \n");
  CHECK(table({1, false}).starts_with("  layer     0 \n"));
}

TEST_CASE("without layers there is nothing to show") {
  std::ostringstream out;
  print_head_table(out, {}, {80, true});
  CHECK(out.str().empty());
}

}  // namespace
}  // namespace modelhost::host
