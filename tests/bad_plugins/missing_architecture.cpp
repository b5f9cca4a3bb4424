#include "bad_contract.h"

REGISTERS("org.modelhost.tests.missing-architecture",
          registrar.add(bare_spec("MissingModel", "missing_architecture")));
