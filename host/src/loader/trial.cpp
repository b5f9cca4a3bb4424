#include "loader/trial.h"

#include <string.h>

#include <atomic>
#include <string>

#include "loader/file_identity.h"
#include "loader/host_library.h"
#include "loader/trial_cache.h"
#include "loader/trial_child.h"
#include "modelhost/base/child_process.h"
#include "modelhost/base/log.h"
#include "modelhost/base/text.h"
#include "modelhost/host/error_codes.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

// Nothing of the plugin runs before the first message: a machine that is busy is not the plugin's fault.
constexpr std::chrono::seconds kStartLimit{120};

void log_untried(const std::string& why) {
  static std::atomic<bool> said = false;
  log(said.exchange(true) ? LogLevel::kDebug : LogLevel::kWarning,
      "plugins are opened without a trial in a process of their own: " + why);
}

std::vector<std::string> lines_of(const ChildEnd& end) {
  return split_trimmed(end.message, '\n');
}

std::string how_it_ended(const ChildEnd& end) {
  if (end.signal) return "signal " + std::to_string(*end.signal) + " (" + ::strsignal(*end.signal) + ")";
  if (end.exit_status) return "exit status " + std::to_string(*end.exit_status);
  return "an end that nobody saw";
}

std::string where_it_was(const ChildEnd& end) {
  const auto lines = lines_of(end);
  const bool registering = !lines.empty() && lines.back() == kTrialRegistering;
  return registering ? "while it registered its models" : "while its library was opened";
}

Error quarantine_error(const ChildEnd& end, const fs::path& library, int64_t seconds) {
  const ErrorCode code = end.timed_out ? codes::kTrialTimeout : codes::kTrialCrashed;
  Error error(code, std::string(code.title) + ", " + where_it_was(end));
  error.file(library.string());
  if (end.timed_out) {
    error.expected("at most " + std::to_string(seconds) + " s (trial.seconds of the host settings)");
  } else {
    error.got(how_it_ended(end));
  }
  constexpr std::size_t kLastWords = 5;
  const auto words = split_trimmed(end.output, '\n');
  const std::size_t first = words.size() > kLastWords ? words.size() - kLastWords : 0;
  for (std::size_t i = first; i < words.size(); ++i) error.note("it said: " + quote(words[i], 200));
  if (const fs::path kept = verdict_file(library); !kept.empty()) error.note("kept in " + kept.string());
  return error;
}

TrialVerdict verdict_of(const ChildEnd& end, const fs::path& library, int64_t seconds) {
  TrialVerdict verdict;
  const auto lines = lines_of(end);
  if (!end.timed_out && !lines.empty() && lines.back().starts_with('{')) {
    try {
      verdict = verdict_from_json(parse_json(lines.back(), "verdict"));
      verdict.seconds = seconds;
      return verdict;
    } catch (const std::exception&) {
      // cut off, or not ours: the plugin ended the process while it was written
    }
  }
  verdict.refusal = quarantine_error(end, library, seconds);
  verdict.quarantined = true;
  verdict.seconds = seconds;
  return verdict;
}

}  // namespace

fs::path trial_program() {
  const fs::path folder = host_library_folder();
  return folder.empty() ? fs::path() : folder / "modelhost/modelhost-trial";
}

std::optional<TrialVerdict> try_plugin(const Manifest& manifest, const fs::path& library, int64_t seconds,
                                       const fs::path& program) {
  if (auto known = cached_verdict(library, seconds)) return known;
  const FileIdentity tried = file_identity(library);
  ChildEnd end;
  try {
    end = run_child({program.string(), manifest.file.string(), library.string()},
                    {kStartLimit, std::chrono::seconds(seconds)});
  } catch (const std::exception& error) {
    log_untried(error.what());
    return std::nullopt;
  }
  if (!end.started || end.message.empty()) {
    log_untried((end.started ? "it ended with " + how_it_ended(end) : "it cannot be started") + ": " +
                program.string());
    return std::nullopt;
  }
  TrialVerdict verdict = verdict_of(end, library, seconds);
  const bool holds = !verdict.refusal || verdict.quarantined;
  if (holds && file_identity(library) == tried) cache_verdict(library, verdict);
  return verdict;
}

}  // namespace modelhost::host
