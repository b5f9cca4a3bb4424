#include "bad_contract.h"

REGISTERS("org.modelhost.tests.throws-number", throw 42);
