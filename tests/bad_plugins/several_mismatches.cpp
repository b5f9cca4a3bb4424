#include "bad_stamp.h"

BAD_STAMP(stamp.torch_abi -= uint64_t{1} << 48; stamp.sdk_abi += 1; stamp.sanitizers ^= 3;
          stamp.cxx11_abi ^= 1);
