// What is known of a library that was opened in a process of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "loader/torch_operators.h"
#include "modelhost/base/json.h"

namespace modelhost::host {

struct TrialVerdict {
  std::optional<Error> refusal;  ///< unset: it opened and registered well
  /// It ended its process or did not come back: what opening it here would do, until the file changes. Any
  /// other refusal is the plugin's or the manifest's answer, and is asked for anew.
  bool quarantined = false;
  int64_t seconds = 0;  ///< the limit that it was tried with
  TorchRegistrations torch;
};

Json verdict_json(const TrialVerdict& verdict);

/// Throws a std::exception for what verdict_json did not write.
TrialVerdict verdict_from_json(const Json& json);

}  // namespace modelhost::host
