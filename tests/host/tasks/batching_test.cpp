#include "tasks/batching.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <random>

namespace modelhost::host {
namespace {

using Batches = std::vector<std::vector<int64_t>>;

TEST_CASE("texts of similar length share a batch, longest first") {
  const std::vector<int64_t> lengths{10, 300, 290, 12, 11};
  CHECK(plan_batches(lengths, 32) == Batches{{1, 2}, {3, 4, 0}});
  CHECK(plan_batches(lengths, 2) == Batches{{1, 2}, {3, 4}, {0}});
  CHECK(plan_batches(lengths, 1) == Batches{{1}, {2}, {3}, {4}, {0}});
  CHECK(plan_batches({}, 32).empty());
}

TEST_CASE("a small batch is filled whatever the lengths") {
  const std::vector<int64_t> lengths{100, 3, 3, 3};
  CHECK(plan_batches(lengths, 32) == Batches{{0, 1, 2}, {3}});  // 100 and 200 tokens are few, 300 are enough
}

TEST_CASE("every text is in one batch, and no batch is too large") {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<int64_t> lengths(random() % 70);
    for (int64_t& length : lengths) length = random() % 256;
    const auto batch_size = static_cast<int64_t>(1 + random() % 40);
    std::vector<int64_t> seen;
    for (const auto& batch : plan_batches(lengths, batch_size)) {
      REQUIRE(static_cast<int64_t>(batch.size()) <= batch_size);
      for (const int64_t index : batch) REQUIRE(lengths[index] <= lengths[batch.front()]);
      seen.insert(seen.end(), batch.begin(), batch.end());
    }
    std::ranges::sort(seen);
    REQUIRE(seen.size() == lengths.size());
    for (std::size_t i = 0; i < seen.size(); ++i) REQUIRE(seen[i] == static_cast<int64_t>(i));
  }
}

}  // namespace
}  // namespace modelhost::host
