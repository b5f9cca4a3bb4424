#include <stdexcept>

#include "bad_contract.h"

namespace {

// Nobody can catch it: the loader is on the stack.
struct Throws {
  Throws() { throw std::runtime_error("no luck while opening"); }
} throws;

}  // namespace

REGISTERS("org.modelhost.tests.throws-on-opening", );
