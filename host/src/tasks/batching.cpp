#include "batching.h"

#include <algorithm>
#include <numeric>

namespace modelhost::host {
namespace {

constexpr int64_t kEnoughTokens = 256;  // a batch of so many tokens keeps the cores busy
constexpr double kShortest = 0.8;       // of the longest text in the batch

}  // namespace

std::vector<std::vector<int64_t>> plan_batches(std::span<const int64_t> lengths, int64_t batch_size) {
  std::vector<int64_t> order(lengths.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](int64_t a, int64_t b) { return lengths[a] > lengths[b]; });
  std::vector<std::vector<int64_t>> batches;
  for (const int64_t index : order) {
    const bool fits = !batches.empty() && static_cast<int64_t>(batches.back().size()) < batch_size;
    if (fits) {
      const int64_t longest = lengths[batches.back().front()];
      const int64_t tokens = longest * static_cast<int64_t>(batches.back().size());
      if (tokens < kEnoughTokens || lengths[index] >= kShortest * longest) {
        batches.back().push_back(index);
        continue;
      }
    }
    batches.push_back({index});
  }
  return batches;
}

}  // namespace modelhost::host
