#include "program/terminal/logging.h"

#include <catch2/catch_test_macros.hpp>

#include "modelhost/base/log.h"
#include "modelhost/host/error_codes.h"
#include "support/error_of.h"

namespace modelhost::host {
namespace {

TEST_CASE("every documented log level is accepted and any other is a usage error") {
  for (const char* level : {"debug", "info", "warning", "off"}) CHECK_NOTHROW(set_up_logging(level));
  CHECK(test::code_of([] { set_up_logging("loud"); }) == codes::kUsage.id);
  log(LogLevel::kWarning, "braces {} in a message are text, not a format");
  set_log_sink({});
}

}  // namespace
}  // namespace modelhost::host
