// The inside of a trial: what the program modelhost-trial does.
#pragma once

#include <string_view>

namespace modelhost::host {

// What it writes to kMessageFd, a line each: where it is, and at last the verdict as JSON in one line.
inline constexpr std::string_view kTrialOpening = "opening";
inline constexpr std::string_view kTrialRegistering = "registering";

/// Arguments: manifest and library. Opens the plugin as the host would, tells what happened and ends the
/// process without running destructors: what a plugin does at exit is not asked.
[[noreturn]] void run_trial_child(int argc, char** argv);

}  // namespace modelhost::host
