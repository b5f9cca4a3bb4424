// Which texts run together.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace modelhost::host {

/// Splits texts of the given token counts into batches of at most `batch_size`, longest first. Texts of
/// similar length share a batch, so that little of it is padding; a short batch is not split further, because
/// small matrix products are slow. Returns indices into `lengths`, each once.
std::vector<std::vector<int64_t>> plan_batches(std::span<const int64_t> lengths, int64_t batch_size);

}  // namespace modelhost::host
