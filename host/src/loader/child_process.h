// Running another program under watch: it cannot outlive a time limit, print on our terminal or keep our
// files.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace modelhost::host {

/// The file descriptor to which a child writes its message.
inline constexpr int kMessageFd = 3;

struct ChildLimits {
  std::chrono::milliseconds start;  ///< until the first byte of the message
  std::chrono::milliseconds work;   ///< from then on
};

struct ChildEnd {
  bool started = false;            ///< the program could be executed
  bool timed_out = false;          ///< it was killed for that
  std::optional<int> exit_status;  ///< unless a signal ended it, or somebody else collected it
  std::optional<int> signal;
  std::string message;  ///< what it wrote to kMessageFd, at most 1 MB
  std::string output;   ///< the last of what it wrote to stdout and stderr, at most 4 kB
};

/// Runs `arguments[0]` with the others and waits for its end. The child has an empty standard input, default
/// signal handlers, a process group of its own (what it leaves behind is killed with it), and no other file
/// of this process. Safe in a process with threads. Nothing is thrown for a child that fails.
ChildEnd run_child(const std::vector<std::string>& arguments, const ChildLimits& limits);

}  // namespace modelhost::host
