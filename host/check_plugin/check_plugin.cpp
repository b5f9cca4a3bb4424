#include "check_plugin.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <optional>
#include <regex>

#include "modelhost/base/error_codes.h"
#include "modelhost/base/json.h"
#include "modelhost/base/text.h"
#include "modelhost/host/error_codes.h"
#include "plugin_cases.h"

namespace modelhost::host {
namespace {

using testing::CaseResult;
using testing::ConformanceCase;
using testing::Verdict;

std::vector<ConformanceCase> selected(std::vector<ConformanceCase> cases, const std::string& pattern) {
  if (pattern.empty()) return cases;
  std::regex expression;
  try {
    expression = pattern;
  } catch (const std::regex_error& error) {
    throw Error(codes::kUsage, "--case is no regular expression")
        .expected("such as ^resize")
        .got(quote(pattern));
  }
  std::erase_if(cases, [&](const auto& one) { return !std::regex_search(one.name(), expression); });
  if (cases.empty())
    throw Error(codes::kUsage, "no case matches --case").got(quote(pattern)).fix("see what --list shows");
  return cases;
}

void print_cases(const std::vector<ConformanceCase>& cases, bool json) {
  Json out = Json::array();
  for (const auto& one : cases) {
    if (!json) std::printf("%-56s %s\n", printable(one.name()).c_str(), one.sentence.c_str());
    out.push_back({{"id", one.id}, {"subject", one.subject}, {"sentence", one.sentence}});
  }
  if (json) std::cout << out.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

// Texts may come from the plugin: control characters in them must not reach a terminal.
void print_lines(const std::string& text) {
  for (const std::string& line : split_trimmed(text, '\n'))
    std::printf("         %s\n", printable(line).c_str());
}

void print_result(const CaseResult& result) {
  const std::string name = printable(result.id + "/" + result.subject);
  std::printf("%-8s %s\n", std::string(verdict_name(result.verdict)).c_str(), name.c_str());
  if (is_failure(result.verdict)) std::printf("         expected: %s\n", result.sentence.c_str());
  print_lines(result.detail);
  if (is_failure(result.verdict) && !result.output.empty()) {
    std::printf("         it printed:\n");
    print_lines(result.output);
  }
  std::fflush(stdout);
}

Json result_json(const CaseResult& result) {
  Json out = {{"id", result.id},
              {"subject", result.subject},
              {"sentence", result.sentence},
              {"result", verdict_name(result.verdict)},
              {"seconds", result.seconds}};
  if (!result.detail.empty()) out["detail"] = result.detail;
  if (!result.output.empty()) out["output"] = result.output;
  return out;
}

Json counts_of(const std::vector<CaseResult>& results) {
  Json counts = Json::object();
  for (const Verdict verdict :
       {Verdict::kPass, Verdict::kFail, Verdict::kCrash, Verdict::kTimeout, Verdict::kSkip, Verdict::kWarn}) {
    counts[std::string(verdict_name(verdict))] = std::ranges::count(results, verdict, &CaseResult::verdict);
  }
  return counts;
}

void print_json(const CheckArguments& arguments, const std::vector<CaseResult>& results, bool passed) {
  Json out = {{"manifest", arguments.manifest}, {"passed", passed}, {"counts", counts_of(results)}};
  out["cases"] = Json::array();
  for (const CaseResult& result : results) {
    if (!arguments.only_failed || is_failure(result.verdict)) out["cases"].push_back(result_json(result));
  }
  std::cout << out.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void print_summary(const std::vector<CaseResult>& results) {
  std::string text;
  const Json counts = counts_of(results);
  for (const auto& [name, count] : counts.items()) {
    if (count != 0) text += (text.empty() ? "" : ", ") + count.dump() + " " + name;
  }
  std::printf("%zu cases: %s\n", results.size(), text.c_str());
}

bool is_of_model(const ConformanceCase& one) {
  return one.subject != "manifest" && one.subject != "library";
}

// Where opening the library ends or holds its process, each case of a model would do the same.
std::vector<CaseResult> run_unless_library_is_broken(const std::vector<ConformanceCase>& cases,
                                                     const testing::RunOptions& options) {
  const auto models = std::ranges::find_if(cases, is_of_model);
  std::vector<CaseResult> results = run_cases({cases.begin(), models}, options);
  const bool is_broken = std::ranges::any_of(results, [](const CaseResult& result) {
    const bool ended = result.verdict == Verdict::kCrash || result.verdict == Verdict::kTimeout;
    return ended && result.id == "registers-as-manifest-says";
  });
  if (!is_broken) {
    for (CaseResult& result : run_cases({models, cases.end()}, options)) results.push_back(std::move(result));
    return results;
  }
  for (auto one = models; one != cases.end(); ++one) {
    results.push_back({one->id, one->subject, one->sentence, Verdict::kSkip,
                       "the library cannot be opened: see registers-as-manifest-says/library"});
    if (options.on_result) options.on_result(results.back());
  }
  return results;
}

}  // namespace

bool modelhost_check_plugin(const CheckArguments& arguments) {
  const auto cases = selected(plugin_cases(arguments.manifest, arguments.goldens), arguments.cases);
  if (arguments.list) {
    print_cases(cases, arguments.json);
    return true;
  }
  testing::RunOptions options;
  options.in_process = arguments.in_process;
  options.time_limit = std::chrono::milliseconds(static_cast<int64_t>(arguments.time_limit * 1000));
  if (!arguments.json) {
    options.on_result = [&](const CaseResult& result) {
      if (!arguments.only_failed || is_failure(result.verdict)) print_result(result);
    };
  }
  const auto results = run_unless_library_is_broken(cases, options);
  const bool passed = std::ranges::none_of(results, testing::is_failure, &CaseResult::verdict);
  if (arguments.json) {
    print_json(arguments, results, passed);
  } else {
    print_summary(results);
  }
  return passed;
}

}  // namespace modelhost::host
