#include "program/terminal/progress.h"

#include <pty.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

namespace modelhost::host {
namespace {

// A clock that is set by hand.
class SetClock {
 public:
  ProgressClock function() {
    return [this] { return now_; };
  }
  void pass(std::chrono::milliseconds time) { now_ += time; }

 private:
  std::chrono::steady_clock::time_point now_;
};

constexpr std::chrono::milliseconds kQuiet{500}, kBetween{100};

// What `action` writes to stderr while that is a terminal.
template <typename Action>
std::string on_a_terminal(Action&& action) {
  int master = -1, slave = -1;
  REQUIRE(::openpty(&master, &slave, nullptr, nullptr, nullptr) == 0);
  const int before = ::dup(STDERR_FILENO);
  ::dup2(slave, STDERR_FILENO);
  ::close(slave);
  action();
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  // A terminal hands over what was written in as many pieces as it likes; behind the last one, reading fails.
  std::string text;
  char piece[4096];
  for (ssize_t count; (count = ::read(master, piece, sizeof piece)) > 0;)
    text.append(piece, static_cast<std::size_t>(count));
  ::close(master);
  return text;
}

TEST_CASE("a bar shows the part that is done") {
  CHECK(progress_bar(0, 1000) == "[..............................]   0%  0 B of 1.0 kB");
  CHECK(progress_bar(500, 1000) == "[###############...............]  50%  500 B of 1.0 kB");
  CHECK(progress_bar(2000, 1000).starts_with("[##############################] 100%"));
  CHECK(progress_bar(0, 0).starts_with("[##############################] 100%"));
}

TEST_CASE("bytes are shown on a terminal after half a second and wiped at the end") {
  SetClock clock;
  const std::string text = on_a_terminal([&] {
    ByteProgress progress("loading", clock.function());
    progress.update(1, 4);
    clock.pass(kQuiet);
    progress.update(2, 4);
    progress.update(4, 4);
  });
  CHECK(text.find("25%") == std::string::npos);
  CHECK(text.find("loading [###############...............]  50%") != std::string::npos);
  CHECK(text.ends_with("\r\033[K"));
}

TEST_CASE("steps are shown every tenth of a second") {
  SetClock clock;
  const std::string text = on_a_terminal([&] {
    Progress progress("embedding", 20, clock.function());
    progress.update(1);
    clock.pass(kQuiet);
    progress.update(2);
    progress.update(3);
    clock.pass(kBetween);
    progress.update(4);
  });
  CHECK(text == "\r\033[Kembedding 2/20\r\033[Kembedding 4/20\r\033[K");
}

TEST_CASE("nothing is shown where stderr is no terminal") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const int before = ::dup(STDERR_FILENO);
  ::dup2(ends[1], STDERR_FILENO);
  {
    SetClock clock;
    ByteProgress bytes("loading", clock.function());
    Progress steps("embedding", 4, clock.function());
    clock.pass(kQuiet + kBetween);
    bytes.update(2, 4);
    steps.update(2);
  }
  ::dup2(before, STDERR_FILENO);
  ::close(before);
  ::close(ends[1]);
  char byte = 0;
  CHECK(::read(ends[0], &byte, 1) == 0);
  ::close(ends[0]);
}

}  // namespace
}  // namespace modelhost::host
