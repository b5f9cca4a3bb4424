#include "loader/trial_cache.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "loader/host_library.h"
#include "loader/sha256.h"
#include "loader/user_directories.h"
#include "modelhost/base/log.h"
#include "modelhost/files/mapped_file.h"
#include "modelhost/host/error_codes.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

constexpr int kCacheVersion = 1;
constexpr std::size_t kMostBytes = std::size_t{4} << 20;

// What must be as it was for a verdict to hold.
Json identity(const fs::path& library) {
  struct stat status {};
  if (::stat(library.c_str(), &status) != 0) status = {};
  return {
      {"cache", kCacheVersion},           {"library", library.string()},           {"size", status.st_size},
      {"seconds", status.st_mtim.tv_sec}, {"nanoseconds", status.st_mtim.tv_nsec}, {"host", host_build_id()}};
}

// Another process may write the same file at the same time: each has a stage of its own, and the last one
// stays.
void replace_file(const fs::path& file, const std::string& text) {
  std::string stage = file.string() + ".XXXXXX";
  const int fd = ::mkstemp(stage.data());
  if (fd < 0) throw fs::filesystem_error("mkstemp", file, std::error_code(errno, std::generic_category()));
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool closed = ::close(fd) == 0;
  if (written && closed && ::rename(stage.c_str(), file.c_str()) == 0) return;
  const int reason = errno;
  ::unlink(stage.c_str());
  throw fs::filesystem_error("write", file, std::error_code(reason, std::generic_category()));
}

}  // namespace

fs::path verdict_file(const fs::path& library) {
  const fs::path cache = user_directory("XDG_CACHE_HOME", ".cache");
  return cache.empty() ? fs::path() : cache / "modelhost/trials" / (sha256_of(library.string()) + ".json");
}

std::optional<TrialVerdict> cached_verdict(const fs::path& library, int64_t seconds) {
  const fs::path file = verdict_file(library);
  std::error_code problem;
  if (file.empty() || !fs::is_regular_file(file, problem)) return std::nullopt;
  try {
    const Json json = parse_json(read_text_file(file, kMostBytes), file.string());
    if (json.at("identity") != identity(library)) return std::nullopt;
    TrialVerdict verdict = verdict_from_json(json.at("verdict"));
    const bool outdated =
        verdict.refusal && verdict.refusal->code() == codes::kTrialTimeout.id && verdict.seconds < seconds;
    if (outdated) return std::nullopt;
    return verdict;
  } catch (const std::exception& error) {
    log(LogLevel::kDebug, std::string("a cached verdict is not usable: ") + error.what());
    return std::nullopt;
  }
}

void cache_verdict(const fs::path& library, const TrialVerdict& verdict) {
  const fs::path file = verdict_file(library);
  if (file.empty()) return;
  try {
    fs::create_directories(file.parent_path());
    const Json json = {{"identity", identity(library)}, {"verdict", verdict_json(verdict)}};
    replace_file(file, json.dump(1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace) + "\n");
  } catch (const std::exception& error) {
    log(LogLevel::kDebug, std::string("a verdict cannot be kept: ") + error.what());
  }
}

}  // namespace modelhost::host
