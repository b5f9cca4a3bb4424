// Verdicts about libraries, kept between processes in $XDG_CACHE_HOME/modelhost/trials (~/.cache without it),
// one file a library. Nothing depends on it: a file that is damaged or cannot be written only costs another
// trial.
#pragma once

#include <filesystem>
#include <optional>

#include "loader/trial_verdict.h"

namespace modelhost::host {

/// Where the verdict about `library` stands; empty when there is no place for caches.
std::filesystem::path verdict_file(const std::filesystem::path& library);

/// The verdict about the file that is at `library` now (path, size, time of change), given by this build of
/// the host. Nothing when it was never tried, or timed out under a shorter limit than `seconds`.
std::optional<TrialVerdict> cached_verdict(const std::filesystem::path& library, int64_t seconds);

void cache_verdict(const std::filesystem::path& library, const TrialVerdict& verdict);

}  // namespace modelhost::host
