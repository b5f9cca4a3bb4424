#include <unistd.h>

#include "bad_contract.h"

namespace {

struct Hangs {
  Hangs() {
    for (;;) ::pause();
  }
} hangs;

}  // namespace

REGISTERS("org.modelhost.tests.hangs-on-opening", );
