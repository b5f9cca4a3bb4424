#include "bad_stamp.h"

namespace everybodys_name {

// Visible to all, and of the kind that the whole process shares: another plugin's counter() would count here.
__attribute__((visibility("default"))) inline int& counter() {
  static int count = 0;
  return count;
}

}  // namespace everybodys_name

__attribute__((visibility("default"))) int shared_symbols_count() {
  return ++everybodys_name::counter();
}

BAD_STAMP(static_cast<void>(stamp));
