// A progress line on stderr, only when a person can see it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace modelhost::host {

/// Shows "embedding 320/1000" from half a second on and wipes it at the end. Silent unless stderr is a
/// terminal.
class Progress {
 public:
  Progress(std::string what, int64_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();
  void update(int64_t done);

 private:
  std::string what_;
  int64_t total_;
  bool visible_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace modelhost::host
