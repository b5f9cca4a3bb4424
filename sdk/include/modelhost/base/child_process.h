// Running another program, or a function, in a process of its own and under watch: it cannot outlive a time
// limit, print on our terminal or leave processes behind.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace modelhost {

/// The file descriptor to which a program writes its message.
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
  std::string message;  ///< what it wrote to kMessageFd, or what the function returned; at most 1 MB
  std::string output;   ///< the last of what it wrote to stdout and stderr, at most 4 kB
};

/// Runs `arguments[0]` with the others and waits for its end. The child has an empty standard input, default
/// signal handlers, a process group of its own (what it leaves behind is killed with it), and no other file
/// of this process. Safe in a process with threads. Nothing is thrown for a child that fails.
/// Errors: kFileUnreadable where the system has no more files.
ChildEnd run_child(const std::vector<std::string>& arguments, const ChildLimits& limits);

/// Forks and runs `function` in the child, with an empty standard input and a process group of its own;
/// statics are not destroyed at its end. Of this process's threads the child has the calling one alone, so a
/// lock that another one holds stays locked there. Errors: kFileUnreadable where the system has no more files
/// or processes.
ChildEnd run_in_child(const std::function<std::string()>& function, std::chrono::milliseconds limit);

}  // namespace modelhost
