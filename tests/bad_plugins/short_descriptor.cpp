#include "bad_contract.h"

GOOD_STAMP();
DESCRIPTOR(8, "org.modelhost.tests.short-descriptor", "1.0.0", [](modelhost::ModelRegistrar&) {});
