#include <signal.h>

#include <cstdio>

#include "bad_contract.h"

namespace {

// Says more than a pipe holds, with bytes that steer a terminal, and falls.
void crash() {
  for (int i = 0; i < 100'000; ++i) std::puts("{\"quarantined\": false}");
  std::fflush(stdout);
  std::fputs("last words \x1b[2J\n", stderr);
  ::signal(SIGSEGV, SIG_DFL);  // whatever a sanitizer would say about it
  ::raise(SIGSEGV);
}

}  // namespace

REGISTERS("org.modelhost.tests.crashes-on-registration", crash());
