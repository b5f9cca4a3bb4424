// The only file that includes spdlog.
#include "logging.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <memory>
#include <string>

#include "modelhost/base/log.h"
#include "modelhost/base/text.h"
#include "modelhost/host/error_codes.h"

namespace modelhost::host {
namespace {

spdlog::level::level_enum threshold(std::string_view level) {
  if (level == "debug") return spdlog::level::debug;
  if (level == "info") return spdlog::level::info;
  if (level == "warning") return spdlog::level::warn;
  if (level == "off") return spdlog::level::off;
  throw Error(codes::kUsage, "a log level is unknown")
      .expected("debug, info, warning or off")
      .got(quote(level));
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      break;
  }
  return spdlog::level::warn;
}

}  // namespace

void set_up_logging(std::string_view level) {
  auto logger =
      std::make_shared<spdlog::logger>("modelhost", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_pattern("%H:%M:%S.%e %^%l%$ %v");
  logger->set_level(threshold(level));
  logger->flush_on(spdlog::level::warn);
  set_log_sink([logger = std::move(logger)](LogLevel at, std::string_view message) {
    logger->log(spdlog_level(at), spdlog::string_view_t(message.data(), message.size()));
  });
}

}  // namespace modelhost::host
