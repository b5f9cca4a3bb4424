#include "bad_stamp.h"

BAD_STAMP(stamp.json_abi[0] = 'X');
