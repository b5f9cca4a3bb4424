// SIGHUP asks a program that goes on running to look for plugins and settings again.
#pragma once

#include "modelhost/host/host.h"

namespace modelhost::host {

/// From now on SIGHUP is noted instead of ending the process. One that was ignored (nohup) stays ignored.
void note_hangups();

/// Rescans when a SIGHUP came since the last call. Settings that are not usable now are logged, and the old
/// ones stay.
void rescan_if_asked(Host& host);

}  // namespace modelhost::host
