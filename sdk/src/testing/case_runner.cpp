// Cases one by one, and what became of them.
#include <ATen/Parallel.h>
#include <stdlib.h>
#include <string.h>

#include "modelhost/base/child_process.h"
#include "modelhost/base/text.h"
#include "modelhost/testing/scratch_directory.h"
#include "verdict.h"

namespace modelhost::testing {
namespace {

struct Outcome {
  Verdict verdict = Verdict::kPass;
  std::string detail;
};

// Whatever the case throws is an outcome.
Outcome outcome_of(const ConformanceCase& one) {
  try {
    one.run();
    return {};
  } catch (const CaseEnd& end) {
    return {end.verdict(), end.what()};
  } catch (const std::exception& error) {
    return {Verdict::kFail, error.what()};
  } catch (...) {
    return {Verdict::kFail, "it threw something that is no std::exception"};
  }
}

// The child's answer: the verdict as a letter, and the detail.
std::string answer_of(const ConformanceCase& one) {
  const Outcome outcome = outcome_of(one);
  return static_cast<char>('a' + static_cast<int>(outcome.verdict)) + outcome.detail;
}

std::string seconds_text(std::chrono::milliseconds time) {
  return std::to_string(time.count() / 1000) + "." + std::to_string(time.count() % 1000 / 100) + " s";
}

Outcome outcome_of(const ChildEnd& end, std::chrono::milliseconds time_limit) {
  if (end.timed_out) return {Verdict::kTimeout, "it was not done after " + seconds_text(time_limit)};
  if (end.signal) {
    return {Verdict::kCrash, "signal " + std::to_string(*end.signal) + " (" + ::strsignal(*end.signal) + ")"};
  }
  const int status = end.exit_status.value_or(0);
  if (status != 0 || end.message.empty()) {
    return {Verdict::kCrash,
            "the process ended with status " + std::to_string(status) + " before the case was over"};
  }
  return {static_cast<Verdict>(end.message.front() - 'a'), end.message.substr(1)};
}

CaseResult run_case(const ConformanceCase& one, const RunOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  CaseResult result{one.id, one.subject, one.sentence};
  Outcome outcome;
  if (options.in_process) {
    outcome = outcome_of(one);
  } else {
    const ScratchDirectory scratch;  // made here, so that it goes even if the child dies
    const auto run = [&] {
      ::setenv("TMPDIR", scratch.path().c_str(), 1);
      at::set_num_threads(1);  // thread pools do not survive a fork
      return answer_of(one);
    };
    const ChildEnd end = run_in_child(run, options.time_limit);
    outcome = outcome_of(end, options.time_limit);
    if (outcome.verdict != Verdict::kPass) result.output = end.output;
  }
  result.verdict = outcome.verdict;
  result.detail = std::move(outcome.detail);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace

std::vector<CaseResult> run_cases(const std::vector<ConformanceCase>& cases, const RunOptions& options) {
  std::vector<CaseResult> results;
  for (const ConformanceCase& one : cases) {
    results.push_back(run_case(one, options));
    if (options.on_result) options.on_result(results.back());
  }
  return results;
}

}  // namespace modelhost::testing
