#include "loader/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

extern char** environ;

namespace modelhost::host {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostMessage = std::size_t{1} << 20;
constexpr std::size_t kMostOutput = 4096;
constexpr int kPollMilliseconds = 5;

// A pipe whose ends no other child inherits, above the numbers that the child gives its own.
class Pipe {
 public:
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    constexpr int kAbove = 16;
    for (int i = 0; i < 2; ++i) {
      ends_.at(i) = ::fcntl(ends.at(i), F_DUPFD_CLOEXEC, kAbove);
      ::close(ends.at(i));
    }
    ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    ::close(ends_[0]);
    close_write_end();
  }

  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void close_write_end() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  /// Appends what is there without waiting. False when nothing more will come.
  bool drain(std::string& to) const {
    std::array<char, 4096> block{};
    for (;;) {
      const ssize_t count = ::read(ends_[0], block.data(), block.size());
      if (count > 0) {
        to.append(block.data(), static_cast<std::size_t>(count));
        if (to.size() > 2 * kMostMessage) return true;  // so that a flood does not keep us from the clock
      } else if (count == 0) {
        return false;
      } else if (errno != EINTR) {
        return errno == EAGAIN;
      }
    }
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

class Child {
 public:
  explicit Child(const std::vector<std::string>& arguments) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, output_.write_end(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, output_.write_end(), STDERR_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, message_.write_end(), kMessageFd);
    ::posix_spawn_file_actions_addclosefrom_np(&files, kMessageFd + 1);
    posix_spawnattr_t attributes;
    set(attributes);
    started_ = ::posix_spawn(&id_, argv[0], &files, &attributes, argv.data(), environ) == 0;
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    output_.close_write_end();
    message_.close_write_end();
  }

  bool started() const { return started_; }

  /// Takes what it said meanwhile, waiting a moment for it. False once it has ended.
  bool watch(ChildEnd& end) {
    std::array<pollfd, 2> sources{{{output_.read_end(), POLLIN, 0}, {message_.read_end(), POLLIN, 0}}};
    // A closed pipe would end every poll at once.
    if (!output_open_) sources[0].fd = -1;
    if (!message_open_) sources[1].fd = -1;
    ::poll(sources.data(), sources.size(), kPollMilliseconds);
    const bool running = is_running();
    output_open_ = output_.drain(end.output);
    message_open_ = message_.drain(end.message);
    if (end.output.size() > kMostOutput) end.output.erase(0, end.output.size() - kMostOutput);
    if (end.message.size() > kMostMessage) end.message.resize(kMostMessage);
    return running;
  }

  /// Ends it and whatever it started, and collects it.
  void collect(ChildEnd& end) const {
    ::kill(-id_, SIGKILL);
    int status = 0;
    pid_t collected = 0;
    while ((collected = ::waitpid(id_, &status, 0)) < 0 && errno == EINTR) {
    }
    if (collected != id_) return;  // a host that ignores SIGCHLD does not learn how it ended
    if (WIFEXITED(status)) end.exit_status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  }

 private:
  static void set(posix_spawnattr_t& attributes) {
    ::posix_spawnattr_init(&attributes);
    sigset_t all, none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    ::posix_spawnattr_setflags(&attributes,
                               POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }

  bool is_running() const {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) != 0)
      return errno == EINTR;
    return info.si_pid == 0;
  }

  Pipe output_, message_;
  bool output_open_ = true, message_open_ = true, started_ = false;
  pid_t id_ = -1;
};

}  // namespace

ChildEnd run_child(const std::vector<std::string>& arguments, const ChildLimits& limits) {
  ChildEnd end;
  Child child(arguments);
  end.started = child.started();
  if (!end.started) return end;
  Clock::time_point deadline = Clock::now() + limits.start;
  bool working = false;
  while (child.watch(end)) {
    if (!working && !end.message.empty()) {
      working = true;
      deadline = Clock::now() + limits.work;
    }
    if (Clock::now() < deadline) continue;
    end.timed_out = true;
    break;
  }
  child.collect(end);
  return end;
}

}  // namespace modelhost::host
