// Where the SDK's messages go. The SDK never prints by itself; the host (or any program) sets the sink.
#pragma once

#include <functional>
#include <string_view>

namespace modelhost {

enum class LogLevel { kDebug, kInfo, kWarning };

using LogSink = std::function<void(LogLevel, std::string_view)>;

/// Replaces the sink. The default one writes warnings to stderr and drops the rest. Safe from any thread;
/// the sink itself may be called from any thread.
void set_log_sink(LogSink sink);

void log(LogLevel level, std::string_view message);

}  // namespace modelhost
