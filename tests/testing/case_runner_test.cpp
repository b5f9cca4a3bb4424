#include <unistd.h>
#include <catch2/catch_test_macros.hpp>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "modelhost/testing/conformance.h"
#include "support/temp_dir.h"

namespace modelhost::testing {
namespace {

CaseResult result_of(std::function<void()> run, const RunOptions& options = {}) {
  return run_cases({{"some-case", "FooModel", "something holds", std::move(run)}}, options).front();
}

TEST_CASE("a case that returns passes, and its result says which case it was") {
  const CaseResult result = result_of([] {});
  CHECK(result.verdict == Verdict::kPass);
  CHECK(result.id == "some-case");
  CHECK(result.subject == "FooModel");
  CHECK(result.sentence == "something holds");
  CHECK(result.detail.empty());
}

TEST_CASE("a case can fail, be skipped or warn, with its reason") {
  for (const bool in_process : {false, true}) {
    RunOptions options;
    options.in_process = in_process;
    const CaseResult failed = result_of([] { fail_case("two\nlines"); }, options);
    CHECK(failed.verdict == Verdict::kFail);
    CHECK(failed.detail == "two\nlines");
    CHECK(result_of([] { skip_case("no such thing"); }, options).verdict == Verdict::kSkip);
    CHECK(result_of([] { warn_case("slow"); }, options).verdict == Verdict::kWarn);
  }
}

TEST_CASE("any other exception of a case is a failure with its text") {
  CHECK(result_of([] { throw std::runtime_error("oh"); }).detail == "oh");
  const CaseResult result = result_of([] { throw 7; });
  CHECK(result.verdict == Verdict::kFail);
  CHECK_FALSE(result.detail.empty());
}

TEST_CASE("a case that crashes is reported with the signal, and the next one runs") {
  const auto results = run_cases({{"dies", "x", "", [] { std::raise(SIGKILL); }}, {"lives", "x", "", [] {}}});
  CHECK(results[0].verdict == Verdict::kCrash);
  CHECK(results[0].detail.find("signal 9") != std::string::npos);
  CHECK(results[1].verdict == Verdict::kPass);
}

TEST_CASE("a case that ends its process is a crash, whatever the exit status") {
  CHECK(result_of([] { ::_exit(0); }).verdict == Verdict::kCrash);
  CHECK(result_of([] { ::_exit(3); }).detail.find("status 3") != std::string::npos);
}

TEST_CASE("a case that hangs is ended when its time is over") {
  RunOptions options;
  options.time_limit = std::chrono::milliseconds(100);
  const CaseResult result = result_of([] { ::pause(); }, options);
  CHECK(result.verdict == Verdict::kTimeout);
  CHECK(result.detail == "it was not done after 0.1 s");
}

TEST_CASE("what a case prints is kept where it does not pass, and never shown") {
  const auto noisy = [] {
    std::cout << "to stdout" << std::flush;
    std::fprintf(stderr, "to stderr");
    fail_case("no");
  };
  CHECK(result_of(noisy).output == "to stdoutto stderr");
  CHECK(result_of([] { std::printf("nothing"); }).output.empty());
}

TEST_CASE("files that a crashed case leaves behind go with it") {
  const test::TempDir dir;
  const std::string note = (dir / "note").string();
  result_of([note] {
    const auto left = std::filesystem::temp_directory_path() / "left";
    std::ofstream(left) << "x";
    std::ofstream(note) << left.string() << std::flush;
    std::raise(SIGKILL);
  });
  std::string left;
  std::ifstream(note) >> left;
  REQUIRE_FALSE(left.empty());
  CHECK_FALSE(std::filesystem::exists(left));
}

TEST_CASE("every result is announced as soon as it is there") {
  std::vector<std::string> seen;
  RunOptions options;
  options.on_result = [&](const CaseResult& result) { seen.push_back(result.id); };
  run_cases({{"a", "x", "", [] {}}, {"b", "x", "", [] {}}}, options);
  CHECK((seen == std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace modelhost::testing
