#include <stdexcept>

#include "bad_contract.h"

REGISTERS("org.modelhost.tests.throws", throw std::runtime_error("no luck today"));
