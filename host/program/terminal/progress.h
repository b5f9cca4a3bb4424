// Progress lines on stderr, only when a person can see them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace modelhost::host {

/// What time it is.
using ProgressClock = std::function<std::chrono::steady_clock::time_point()>;

/// Shows "embedding 320/1000" from half a second on and wipes it at the end. Silent unless stderr is a
/// terminal.
class Progress {
 public:
  Progress(std::string what, int64_t total, ProgressClock now = std::chrono::steady_clock::now);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();
  void update(int64_t done);

 private:
  std::string what_;
  int64_t total_;
  ProgressClock now_;
  bool visible_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_;
};

/// What Progress counts where it counts bytes: whole megabytes.
inline int64_t megabytes(uint64_t bytes) {
  return static_cast<int64_t>(bytes / 1'000'000);
}

/// "[############........]  60%  1.2 GB of 2.0 GB"
std::string progress_bar(uint64_t done, uint64_t total);

/// Shows a bar of bytes from half a second after the first call on and wipes it at the last one or at the
/// end. Silent unless stderr is a terminal. For FromPretrainedOptions::progress.
class ByteProgress {
 public:
  explicit ByteProgress(std::string what, ProgressClock now = std::chrono::steady_clock::now);
  ByteProgress(const ByteProgress&) = delete;
  ByteProgress& operator=(const ByteProgress&) = delete;
  ~ByteProgress();
  void update(uint64_t done, uint64_t total);

 private:
  void wipe();

  std::string what_;
  ProgressClock now_;
  bool visible_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace modelhost::host
