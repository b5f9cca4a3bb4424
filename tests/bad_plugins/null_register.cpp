#include "bad_contract.h"

GOOD_STAMP();
DESCRIPTOR(sizeof(modelhost::PluginDescriptor), "org.modelhost.tests.null-register", "1.0.0", nullptr);
