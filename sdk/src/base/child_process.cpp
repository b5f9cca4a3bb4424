#include "modelhost/base/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "modelhost/base/error_codes.h"

extern char** environ;

namespace modelhost {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostMessage = std::size_t{1} << 20;
constexpr std::size_t kMostOutput = 4096;
constexpr int kPollMilliseconds = 5;

Error system_error(const char* what) {
  return Error(codes::kFileUnreadable, std::string(what) + ": " + std::generic_category().message(errno))
      .fix("check the limits of the system: ulimit -a");
}

// A pipe whose ends no other child inherits, above the numbers that the child gives its own.
class Pipe {
 public:
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw system_error("no pipe can be made");
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

// A process that was started with two pipes: one for what it prints, one for its message.
class Child {
 public:
  /// `start` gets both pipes and gives the process, or -1.
  template <typename Start>
  explicit Child(Start start) : id_(start(output_, message_)) {
    output_.close_write_end();
    message_.close_write_end();
  }

  bool started() const { return id_ > 0; }

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
  bool is_running() const {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) != 0)
      return errno == EINTR;
    return info.si_pid == 0;
  }

  Pipe output_, message_;
  bool output_open_ = true, message_open_ = true;
  pid_t id_;
};

void set_attributes(posix_spawnattr_t& attributes) {
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

pid_t spawn(const std::vector<std::string>& arguments, const Pipe& output, const Pipe& message) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, output.write_end(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, output.write_end(), STDERR_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, message.write_end(), kMessageFd);
  ::posix_spawn_file_actions_addclosefrom_np(&files, kMessageFd + 1);
  posix_spawnattr_t attributes;
  set_attributes(attributes);
  pid_t id = -1;
  const bool started = ::posix_spawn(&id, argv[0], &files, &attributes, argv.data(), environ) == 0;
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  return started ? id : -1;
}

void write_all(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(fd, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    done += static_cast<std::size_t>(count);
  }
}

// Never returns: static objects of the parent are not the child's to destroy.
[[noreturn]] void be_child(const std::function<std::string()>& function, const Pipe& output,
                           const Pipe& message) {
  ::setpgid(0, 0);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  ::dup2(output.write_end(), STDOUT_FILENO);
  ::dup2(output.write_end(), STDERR_FILENO);
  write_all(message.write_end(), function());
  std::fflush(nullptr);
  ::_exit(0);
}

pid_t fork_into(const std::function<std::string()>& function, const Pipe& output, const Pipe& message) {
  std::fflush(nullptr);  // or the child would write it once more
  const pid_t id = ::fork();
  if (id < 0) throw system_error("no process can be started");
  if (id == 0) be_child(function, output, message);
  ::setpgid(id, id);  // whichever of the two comes first
  return id;
}

ChildEnd watch(Child& child, const ChildLimits& limits) {
  ChildEnd end;
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

}  // namespace

ChildEnd run_child(const std::vector<std::string>& arguments, const ChildLimits& limits) {
  Child child([&](const Pipe& output, const Pipe& message) { return spawn(arguments, output, message); });
  return watch(child, limits);
}

ChildEnd run_in_child(const std::function<std::string()>& function, std::chrono::milliseconds limit) {
  Child child([&](const Pipe& output, const Pipe& message) { return fork_into(function, output, message); });
  return watch(child, {limit, limit});
}

}  // namespace modelhost
