#include "bad_contract.h"

REGISTERS("org.modelhost.tests.extra-architecture",
          registrar.add(bare_spec("ExtraModel", "extra_architecture"));
          registrar.add(bare_spec("ExtraForNobody", "extra_architecture")));
