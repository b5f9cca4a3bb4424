#include "bad_stamp.h"
