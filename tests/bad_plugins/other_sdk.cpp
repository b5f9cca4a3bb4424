#include "bad_stamp.h"

BAD_STAMP(stamp.header_hash ^= 1);
