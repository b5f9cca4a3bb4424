#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "bad_contract.h"

namespace {

// Leaves a child behind that holds on to whatever it inherited, and prints for ever.
void hang() {
  if (::fork() == 0) {
    for (;;) ::pause();
  }
  for (;;) std::puts("still here");
}

}  // namespace

REGISTERS("org.modelhost.tests.hangs-on-registration", hang());
