#include "hangup.h"

#include <signal.h>

#include <atomic>

#include "modelhost/base/log.h"
#include "modelhost/host/loader/plugin_manager.h"

namespace modelhost::host {
namespace {

std::atomic<bool> hangup_came = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // or a signal handler might not touch it

void on_hangup(int) {
  hangup_came = true;
}

}  // namespace

void note_hangups() {
  struct sigaction before {};
  ::sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = on_hangup;
  action.sa_flags = SA_RESTART;  // reading goes on where it was
  ::sigaction(SIGHUP, &action, nullptr);
}

void rescan_if_asked(Host& host) {
  if (!hangup_came.exchange(false)) return;
  try {
    host.rescan();
    log(LogLevel::kInfo, "looked for plugins again");
  } catch (const Error& error) {
    log(LogLevel::kWarning, std::string("plugins and settings stay as they were: ") + error.what());
  }
}

}  // namespace modelhost::host
