#include "bad_contract.h"

GOOD_STAMP();
