#include "bad_contract.h"

GOOD_STAMP();
DESCRIPTOR(sizeof(modelhost::PluginDescriptor), nullptr, "1.0.0", [](modelhost::ModelRegistrar&) {});
