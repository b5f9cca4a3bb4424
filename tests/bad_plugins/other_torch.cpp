#include "bad_stamp.h"

BAD_STAMP(stamp.torch_abi -= uint64_t{1} << 48);
