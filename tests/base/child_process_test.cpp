#include "modelhost/base/child_process.h"

#include <catch2/catch_test_macros.hpp>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace modelhost {
namespace {

using namespace std::chrono_literals;

constexpr ChildLimits kPatient{60s, 60s};

ChildEnd shell(const std::string& script, const ChildLimits& limits = kPatient) {
  return run_child({"/bin/sh", "-c", script}, limits);
}

std::size_t open_files() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

TEST_CASE("a child's message, output and exit status are told apart") {
  const ChildEnd end = shell("echo out; echo err >&2; echo message >&3; exit 7");
  CHECK(end.started);
  CHECK_FALSE(end.timed_out);
  CHECK(end.exit_status == 7);
  CHECK_FALSE(end.signal.has_value());
  CHECK(end.message == "message\n");
  CHECK(end.output == "out\nerr\n");
}

TEST_CASE("a signal that ended the child is told") {
  const ChildEnd end = shell("kill -SEGV $$");
  CHECK(end.signal == SIGSEGV);
  CHECK_FALSE(end.exit_status.has_value());
}

TEST_CASE("a program that is not there did not start") {
  CHECK_FALSE(run_child({"/nowhere/at/all"}, kPatient).started);
}

TEST_CASE("a child that says nothing is ended after the start limit, one that works after the other") {
  CHECK(shell("sleep 1000", {200ms, 60s}).timed_out);
  const ChildEnd end = shell("echo working >&3; sleep 1000", {60s, 200ms});
  CHECK(end.timed_out);
  CHECK(end.message == "working\n");
  CHECK(end.signal == SIGKILL);
}

TEST_CASE("what a child leaves behind neither delays its end nor outlives it") {
  const ChildEnd end = shell("sleep 1000 & echo $! >&3");
  REQUIRE(end.exit_status == 0);
  const pid_t left = std::stoi(end.message);
  // Init, or whoever adopts it, may take a moment to collect it; one that goes on running is seen by ctest's time limit.
  std::string state = "R";
  while (::kill(left, 0) == 0 && !state.starts_with("Z") && !state.empty())
    state = shell("sed -n 's/^State:[[:space:]]*//p' /proc/" + std::to_string(left) + "/status").output;
  SUCCEED("it does not run");
}

TEST_CASE("of much output only the last is kept, and nothing blocks") {
  const ChildEnd end = shell("seq 1 300000; echo done >&3; echo the end");
  CHECK(end.exit_status == 0);
  CHECK(end.message == "done\n");
  CHECK(end.output.size() <= 4096);
  CHECK(end.output.ends_with("300000\nthe end\n"));
}

TEST_CASE(
    "the child has an empty input, only its own files, and default signals, and ours stay as they are") {
  const auto before = open_files();
  ::signal(SIGUSR1, SIG_IGN);
  const ChildEnd end = shell("read x || echo no input; ls /proc/self/fd | tr '\\n' ' '; kill -USR1 $$");
  ::signal(SIGUSR1, SIG_DFL);
  CHECK(end.output.starts_with("no input\n0 1 2 3 "));
  CHECK(std::ranges::count(end.output, ' ') <= 6);  // "no input", four files, and the folder that ls reads
  CHECK(end.signal == SIGUSR1);
  CHECK(open_files() == before);
}

TEST_CASE("a host that ignores the ends of its children still gets their messages") {
  ::signal(SIGCHLD, SIG_IGN);
  const ChildEnd end = shell("echo message >&3; exit 7");
  ::signal(SIGCHLD, SIG_DFL);
  CHECK(end.message == "message\n");
  CHECK_FALSE(end.exit_status.has_value());
  CHECK_FALSE(end.timed_out);
}

TEST_CASE("a function's result, output and end are those of its own process") {
  int touched = 0;
  const ChildEnd end = run_in_child(
      [&touched] {
        touched = 1;
        std::printf("to stdout");
        std::fprintf(stderr, "to stderr");
        return std::string(200'000, 'x');  // more than a pipe holds
      },
      60s);
  CHECK(end.started);
  CHECK(end.exit_status == 0);
  CHECK(end.message == std::string(200'000, 'x'));
  CHECK(end.output == "to stderrto stdout");  // the one is buffered, the other is not
  CHECK(touched == 0);
}

TEST_CASE("a function may crash, exit or hang, and what it started goes with it") {
  CHECK(run_in_child([]() -> std::string { ::raise(SIGSEGV); return "alive"; }, 60s).signal == SIGSEGV);
  const ChildEnd left_early = run_in_child([]() -> std::string { ::_exit(3); }, 60s);
  CHECK(left_early.exit_status == 3);
  CHECK(left_early.message.empty());
  const ChildEnd hung = run_in_child([]() -> std::string { return ::pause(), "woken"; }, 100ms);
  CHECK(hung.timed_out);
  CHECK(hung.signal == SIGKILL);
  const ChildEnd parent = run_in_child(  // whose child keeps the pipes open
      [] {
        const pid_t grandchild = ::fork();
        if (grandchild == 0) ::pause();
        return std::to_string(grandchild);
      },
      60s);
  CHECK_FALSE(parent.timed_out);
  CHECK(parent.exit_status == 0);
}

}  // namespace
}  // namespace modelhost
