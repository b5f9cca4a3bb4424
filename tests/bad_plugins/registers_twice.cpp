#include "bad_contract.h"

REGISTERS("org.modelhost.tests.registers-twice", registrar.add(bare_spec("TwiceModel", "registers_twice"));
          registrar.add(bare_spec("TwiceModel", "registers_twice")));
