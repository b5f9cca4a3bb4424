#include "bad_contract.h"

REGISTERS("org.modelhost.tests.another", registrar.add(bare_spec("OtherIdModel", "other_id")));
