// The conformance kit: what every plugin must fulfil, as cases that run one by one, each in a process of its
// own.
//
//     testing::ModelSubject subject;
//     subject.architecture = "FooModel";
//     subject.specs = [] { return std::vector{model_spec<FooModel>("FooModel")}; };
//     for (const auto& result : testing::run_cases(testing::model_cases(subject))) …
//
// `modelhost check-plugin` runs the same cases on a plugin that is built.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "modelhost/base/json.h"
#include "modelhost/registry/model_spec.h"

namespace modelhost::testing {

/// kWarn is no failure: something works, but not as well as it could. kSkip: the class does not have the
/// feature, or the kit cannot make inputs for it; the detail says which.
enum class Verdict { kPass, kFail, kCrash, kTimeout, kSkip, kWarn };

std::string_view verdict_name(Verdict verdict);  ///< "pass", "fail", "crash", "timeout", "skip", "warn"
bool is_failure(Verdict verdict);                ///< fail, crash, timeout

/// One check. `run` returns when all is well, and otherwise calls one of the three functions below or throws:
/// any other exception is a failure.
struct ConformanceCase {
  std::string id;        ///< kebab-case, e.g. "save-load"
  std::string subject;   ///< what is checked: an architecture, or the plugin's library
  std::string sentence;  ///< what holds, e.g. "a saved model is the same after loading"
  std::function<void()> run;

  std::string name() const { return id + "/" + subject; }  ///< e.g. "save-load/FooModel"
};

[[noreturn]] void fail_case(std::string why);
[[noreturn]] void skip_case(std::string why);
[[noreturn]] void warn_case(std::string why);

struct CaseResult {
  std::string id, subject, sentence;  ///< those of the case
  Verdict verdict = Verdict::kPass;
  std::string detail;  ///< why it is no pass; several lines
  std::string output;  ///< the end of what the case printed, where it is no pass
  double seconds = 0;
};

struct RunOptions {
  /// Cases run in this process: for a debugger. A crash then ends it, and time is not limited.
  bool in_process = false;
  std::chrono::milliseconds time_limit = std::chrono::seconds(45);  ///< of each case
  std::function<void(const CaseResult&)> on_result = {};            ///< called after each case
};

/// Runs `cases` in order. Each runs in a forked child: whatever it does, the others go on. The caller must
/// not have started threads, and a child uses one thread for its tensors. Errors: kFileUnreadable when no
/// process can be started.
std::vector<CaseResult> run_cases(const std::vector<ConformanceCase>& cases, const RunOptions& options = {});

/// Checks of a plugin's library that run none of its code: it is a shared library with a fitting ABI stamp,
/// exports the contract's two symbols and nothing else, brings no LibTorch, needs no symbol that nobody has,
/// and stays when it is closed.
std::vector<ConformanceCase> library_cases(const std::filesystem::path& library);

/// Which class is checked, and with what.
struct ModelSubject {
  std::string architecture;
  /// All classes of the plugin, the one that is checked among them. Called by each case, so in its process.
  std::function<std::vector<ModelSpec>()> specs;
  /// Config values instead of those that the kit finds by itself to make the class's default config small.
  Json config = Json::object();
  /// A folder of golden checkpoints `<anything>-<architecture>/`; see golden_checkpoint.h.
  std::filesystem::path goldens;
};

/// The C++ counterparts of transformers' common model tests, on a small random model.
std::vector<ConformanceCase> model_cases(const ModelSubject& subject);

}  // namespace modelhost::testing
