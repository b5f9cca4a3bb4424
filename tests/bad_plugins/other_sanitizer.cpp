#include "bad_stamp.h"

BAD_STAMP(stamp.sanitizers ^= 1);
