// The `modelhost` program. Commands stand in src/commands/, one a file.
#include <cstdio>

#include "modelhost/version.h"

int main() {
  std::printf("modelhost %s\n", MODELHOST_VERSION);
  return 0;
}
