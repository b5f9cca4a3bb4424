#include "modelhost/base/log.h"

#include <cstdio>
#include <memory>
#include <mutex>
#include <utility>

namespace modelhost {
namespace {

void write_warnings_to_stderr(LogLevel level, std::string_view message) {
  if (level != LogLevel::kWarning) return;
  std::fprintf(stderr, "modelhost: %.*s\n", static_cast<int>(message.size()), message.data());
}

struct SinkHolder {
  std::mutex mutex;
  std::shared_ptr<const LogSink> sink = std::make_shared<LogSink>(write_warnings_to_stderr);
};

// Never destroyed: threads may still log while the process exits.
SinkHolder& holder() {
  static auto* instance = new SinkHolder;
  return *instance;
}

}  // namespace

void set_log_sink(LogSink sink) {
  auto next = std::make_shared<LogSink>(sink ? std::move(sink) : LogSink(write_warnings_to_stderr));
  std::lock_guard lock(holder().mutex);
  holder().sink = std::move(next);
}

void log(LogLevel level, std::string_view message) {
  std::shared_ptr<const LogSink> sink;
  {
    std::lock_guard lock(holder().mutex);
    sink = holder().sink;
  }
  (*sink)(level, message);
}

}  // namespace modelhost
