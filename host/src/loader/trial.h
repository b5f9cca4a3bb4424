// Opening a library for the first time where nothing can happen to us: in a process of its own.
#pragma once

#include <filesystem>
#include <optional>

#include "loader/trial_verdict.h"
#include "modelhost/host/loader/manifest.h"

namespace modelhost::host {

/// The program that does it: <folder of libmodelhost_host.so>/modelhost/modelhost-trial.
std::filesystem::path trial_program();

/// What is known of the library, or what `program` finds out now; that takes about as long as starting a
/// program with LibTorch, at most `seconds` more, and is done once for a file. Nothing when it could not be
/// tried (no program, no process): the reason is logged, the first time as a warning. Refusals:
/// kTrialCrashed, kTrialTimeout, and those of open_plugin and register_plugin. Throws nothing else.
std::optional<TrialVerdict> try_plugin(const Manifest& manifest, const std::filesystem::path& library,
                                       int64_t seconds,
                                       const std::filesystem::path& program = trial_program());

}  // namespace modelhost::host
