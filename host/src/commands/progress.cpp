#include "progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace modelhost::host {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kFirst = std::chrono::milliseconds(500);
constexpr auto kInterval = std::chrono::milliseconds(100);

}  // namespace

Progress::Progress(std::string what, int64_t total)
    : what_(std::move(what)),
      total_(total),
      visible_(::isatty(STDERR_FILENO) == 1),
      next_(Clock::now() + kFirst) {}

void Progress::update(int64_t done) {
  if (!visible_ || Clock::now() < next_) return;
  next_ = Clock::now() + kInterval;
  shown_ = true;
  std::fprintf(stderr, "\r\033[K%s %lld/%lld", what_.c_str(), static_cast<long long>(done),
               static_cast<long long>(total_));
}

Progress::~Progress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

}  // namespace modelhost::host
