#include "bad_stamp.h"

BAD_STAMP(stamp.stdlib_release += 1);
