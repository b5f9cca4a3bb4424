#include "child_process.h"

#include <ATen/Parallel.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "modelhost/base/error_codes.h"

namespace modelhost::testing {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLongestOutput = 2000;

Error system_error(const char* what) {
  return Error(codes::kFileUnreadable, std::string(what) + ": " + std::generic_category().message(errno))
      .fix("check the limits of the system: ulimit -a");
}

// A file descriptor that is closed.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

void write_all(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(fd, text.data() + done, text.size() - done);
    if (count <= 0) return;
    done += static_cast<std::size_t>(count);
  }
}

// Never returns: static objects of the parent are not the child's to destroy.
[[noreturn]] void be_child(const std::function<std::string()>& function, const std::filesystem::path& scratch,
                           int answer, int output) {
  ::setpgid(0, 0);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::setenv("TMPDIR", scratch.c_str(), 1);
  at::set_num_threads(1);  // thread pools do not survive a fork
  write_all(answer, function());
  std::fflush(nullptr);
  ::_exit(0);
}

// Reads until the child closes its end. False when time ran out first.
bool read_answer(int fd, std::string& answer, Clock::time_point deadline) {
  std::array<char, 4096> buffer;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd wanted{fd, POLLIN, 0};
    const int ready = ::poll(&wanted, 1, static_cast<int>(std::max<int64_t>(left, 0)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return true;
    answer.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

// A child may close its answer and hang all the same.
bool ended_in_time(pid_t child, int& status, Clock::time_point deadline) {
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (Clock::now() >= deadline) return false;
    ::usleep(1000);
  }
  return true;
}

std::string end_of(int fd) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  if (size <= 0) return {};
  std::string text(std::min(static_cast<std::size_t>(size), kLongestOutput), '\0');
  const ssize_t count = ::pread(fd, text.data(), text.size(), size - static_cast<off_t>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return text;
}

}  // namespace

ChildEnd run_in_child(const std::function<std::string()>& function, const std::filesystem::path& scratch,
                      std::chrono::milliseconds time_limit) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw system_error("no pipe can be made");
  Descriptor from(ends[0]), to(ends[1]);
  const Descriptor output(::memfd_create("modelhost-case", MFD_CLOEXEC));
  if (output.get() < 0) throw system_error("no file in memory can be made");
  std::fflush(nullptr);  // or the child would write it once more
  const auto deadline = Clock::now() + time_limit;
  const pid_t child = ::fork();
  if (child < 0) throw system_error("no process can be started");
  if (child == 0) be_child(function, scratch, to.get(), output.get());

  to.close();
  ChildEnd end;
  int status = 0;
  end.timed_out = !read_answer(from.get(), end.answer, deadline) || !ended_in_time(child, status, deadline);
  if (end.timed_out) {
    ::kill(-child, SIGKILL);
    ::kill(child, SIGKILL);  // where it had no time to become the leader of its group
    ::waitpid(child, &status, 0);
  }
  end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  end.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  end.output = end_of(output.get());
  return end;
}

}  // namespace modelhost::testing
