// What the options before the command mean for the host.
#pragma once

#include "commands.h"
#include "modelhost/host/host.h"

namespace modelhost::host {

inline HostOptions host_options(const GlobalOptions& globals) {
  HostOptions options;
  options.plugin_dirs.assign(globals.plugin_dirs.begin(), globals.plugin_dirs.end());
  if (!globals.settings.empty()) options.settings_file = globals.settings;
  return options;
}

}  // namespace modelhost::host
