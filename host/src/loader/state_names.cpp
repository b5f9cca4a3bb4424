// The names of what may have become of a plugin.
#include "modelhost/host/loader/plugin_manager.h"

namespace modelhost::host {

std::string_view state_name(PluginState state) {
  switch (state) {
    case PluginState::kAvailable:
      return "available";
    case PluginState::kLoaded:
      return "loaded";
    case PluginState::kRefused:
      return "refused";
    case PluginState::kShadowed:
      break;
  }
  return "shadowed";
}

std::string_view trial_name(PluginTrial trial) {
  switch (trial) {
    case PluginTrial::kUntried:
      return "untried";
    case PluginTrial::kPassed:
      return "passed";
    case PluginTrial::kFailed:
      return "failed";
    case PluginTrial::kSkipped:
      break;
  }
  return "skipped";
}

std::string_view change_name(PluginChange change) {
  switch (change) {
    case PluginChange::kNone:
      return "none";
    case PluginChange::kReplaced:
      return "replaced";
    case PluginChange::kRemoved:
      return "removed";
    case PluginChange::kDisabled:
      break;
  }
  return "disabled";
}

}  // namespace modelhost::host
