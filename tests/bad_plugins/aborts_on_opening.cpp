#include <cstdlib>

#include "bad_contract.h"

namespace {

struct Aborts {
  Aborts() { std::abort(); }
} aborts;

}  // namespace

REGISTERS("org.modelhost.tests.aborts-on-opening", );
