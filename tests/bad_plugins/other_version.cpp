#include "bad_contract.h"

// The manifest says 2.0.0.
REGISTERS("org.modelhost.tests.other-version",
          registrar.add(bare_spec("OtherVersionModel", "other_version")));
