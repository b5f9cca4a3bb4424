// A function in a process of its own.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

namespace modelhost::testing {

/// How a child ended, and what it had to say.
struct ChildEnd {
  bool timed_out = false;
  int signal = 0;      ///< that ended it; 0 if it exited
  int status = 0;      ///< its exit status
  std::string answer;  ///< what the function returned; cut off where the child died
  std::string output;  ///< the end of what it printed
};

/// Forks, runs `function` in the child with `scratch` as folder for temporary files, and waits for it. After
/// `time_limit` the child is killed, with every process that it started. Errors: kFileUnreadable.
ChildEnd run_in_child(const std::function<std::string()>& function, const std::filesystem::path& scratch,
                      std::chrono::milliseconds time_limit);

}  // namespace modelhost::testing
