#include "bad_contract.h"

namespace missing {
void function_of_nobody();
}

REGISTERS("org.modelhost.tests.undefined-symbol", missing::function_of_nobody());
