// Linked into every test program: the settings and caches of whoever runs the tests neither matter nor
// change.
#include <stdlib.h>

#include "paths.h"

namespace {

const bool kIsolated = [] {
  const auto home = modelhost::test::build_path("tests/home");
  ::setenv("XDG_CONFIG_HOME", (home / "config").c_str(), 1);
  ::setenv("XDG_CACHE_HOME", (home / "cache").c_str(), 1);
  ::unsetenv("MODELHOST_SETTINGS");
  return true;
}();

}  // namespace
