// The kit passes what is sound and finds what is not: one fault at a time in a model that is sound otherwise.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "golden_folder.h"
#include "model_faults.h"
#include "modelhost/testing/conformance.h"

namespace modelhost::testing {
namespace {

const std::vector<std::string> kArchitectures = {kBackbone, kMaskedLM, kClassifier, kDecoder, kCausalLM};

// Golden checkpoints of the sound classes.
const std::filesystem::path& goldens() {
  static const GoldenFolder folder(specs_with("", {}));
  return folder.path();
}

ModelSubject subject_of(const std::string& architecture, const Alteration& alteration = {}) {
  ModelSubject subject;
  subject.architecture = architecture;
  subject.specs = [=] { return specs_with(architecture, alteration); };
  subject.goldens = goldens();
  return subject;
}

std::map<std::string, CaseResult> results_of(const ModelSubject& subject) {
  std::map<std::string, CaseResult> results;
  for (auto& result : run_cases(model_cases(subject))) results.emplace(result.id, result);
  return results;
}

CaseResult result_of(const std::string& id, const ModelSubject& subject) {
  auto cases = model_cases(subject);
  std::erase_if(cases, [&](const auto& one) { return one.id != id; });
  REQUIRE(cases.size() == 1);
  return run_cases(cases).front();
}

TEST_CASE("a sound model fails no case, and each case finds a class that has the feature") {
  std::set<std::string> passed;
  for (const std::string& architecture : kArchitectures) {
    for (const auto& [id, result] : results_of(subject_of(architecture))) {
      CAPTURE(id, architecture, result.detail, result.output);
      CHECK((result.verdict == Verdict::kPass || result.verdict == Verdict::kSkip));
      if (result.verdict == Verdict::kSkip) CHECK_FALSE(result.detail.empty());
      if (result.verdict == Verdict::kPass) passed.insert(id);
    }
  }
  for (const auto& one : model_cases(subject_of(kBackbone))) {
    CAPTURE(one.id);
    CHECK(passed.contains(one.id));
  }
}

TEST_CASE("each fault of a model fails the case that is about it, which says why") {
  for (const Fault& fault : all_faults()) {
    CAPTURE(fault.id, fault.what, fault.architecture);
    const CaseResult sound = result_of(fault.id, subject_of(fault.architecture));
    CAPTURE(sound.detail);
    CHECK(sound.verdict == Verdict::kPass);
    const CaseResult result = result_of(fault.id, subject_of(fault.architecture, fault.alteration));
    CAPTURE(result.detail, result.output);
    CHECK(verdict_name(result.verdict) == verdict_name(fault.verdict));
    CHECK_FALSE(result.detail.empty());
  }
}

TEST_CASE("there is a fault for every case, so no case is one that cannot fail") {
  const auto faults = all_faults();
  for (const auto& one : model_cases(subject_of(kBackbone))) {
    CAPTURE(one.id);
    CHECK(std::ranges::any_of(faults, [&](const Fault& fault) { return fault.id == one.id; }));
  }
}

std::string detail_of(const std::string& id, const std::string& what) {
  for (const Fault& fault : all_faults()) {
    if (fault.id == id && fault.what == what)
      return result_of(id, subject_of(fault.architecture, fault.alteration)).detail;
  }
  return "no such fault";
}

TEST_CASE("a failure names the tensor or key that is wrong") {
  const auto names = [](const std::string& id, const std::string& what, const std::string& name) {
    const std::string detail = detail_of(id, what);
    CAPTURE(detail);
    CHECK(detail.find(name) != std::string::npos);
  };
  names("gradients-reach-every-parameter", "a parameter has no use", "unused");
  names("constructs-without-memory", "the constructor fills a parameter", "own");
  names("declared-keys", "a tied key is misspelt", "lm_hed.weight");
  names("missing-weights", "a parameter has no rule of its own", "layer.0.gain");
  names("mismatched-sizes", "a new weight is no number", "classifier.weight");
}

TEST_CASE("a forward that crashes is a crash of that case alone") {
  const Alteration crashes = {.inputs = [](const Call& call) {
    *const_cast<volatile int*>(static_cast<int*>(nullptr)) = 1;
    return call.inputs;
  }};
  CHECK(result_of("deterministic", subject_of(kBackbone, crashes)).verdict == Verdict::kCrash);
}

TEST_CASE("a class that the plugin does not register fails with its name") {
  for (const auto& [id, result] : results_of(subject_of("NobodysModel"))) {
    CHECK(result.verdict == Verdict::kFail);
    CHECK(result.detail.find("NobodysModel") != std::string::npos);
  }
}

}  // namespace
}  // namespace modelhost::testing
