#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "modelhost/base/text.h"

namespace modelhost::host {
namespace {

constexpr auto kFirst = std::chrono::milliseconds(500);
constexpr auto kInterval = std::chrono::milliseconds(100);

}  // namespace

Progress::Progress(std::string what, int64_t total, ProgressClock now)
    : what_(std::move(what)),
      total_(total),
      now_(std::move(now)),
      visible_(::isatty(STDERR_FILENO) == 1),
      next_(now_() + kFirst) {}

void Progress::update(int64_t done) {
  if (!visible_ || now_() < next_) return;
  next_ = now_() + kInterval;
  shown_ = true;
  std::fprintf(stderr, "\r\033[K%s %lld/%lld", what_.c_str(), static_cast<long long>(done),
               static_cast<long long>(total_));
}

Progress::~Progress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

std::string progress_bar(uint64_t done, uint64_t total) {
  constexpr std::size_t kWidth = 30;
  const double part =
      total == 0 ? 1 : static_cast<double>(std::min(done, total)) / static_cast<double>(total);
  std::string bar(kWidth, '.');
  std::fill_n(bar.begin(), static_cast<std::size_t>(part * kWidth), '#');
  char percent[8];
  std::snprintf(percent, sizeof percent, "%3d%%", static_cast<int>(part * 100));
  return "[" + bar + "] " + percent + "  " + human_bytes(done) + " of " + human_bytes(total);
}

ByteProgress::ByteProgress(std::string what, ProgressClock now)
    : what_(std::move(what)),
      now_(std::move(now)),
      visible_(::isatty(STDERR_FILENO) == 1),
      next_(now_() + kFirst) {}

void ByteProgress::update(uint64_t done, uint64_t total) {
  if (!visible_) return;
  if (done >= total) {
    wipe();
  } else if (now_() >= next_) {
    next_ = now_() + kInterval;
    shown_ = true;
    std::fprintf(stderr, "\r\033[K%s %s", what_.c_str(), progress_bar(done, total).c_str());
  }
}

void ByteProgress::wipe() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

ByteProgress::~ByteProgress() {
  wipe();
}

}  // namespace modelhost::host
