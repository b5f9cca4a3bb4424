// The kit passes what is sound and finds what is not: one fault at a time in a model that is sound otherwise.
#include <ATen/ops/randn_like.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <map>

#include "modelhost/testing/conformance.h"
#include "modelhost/testing/small_model.h"
#include "support/attention_model.h"
#include "support/error_of.h"

namespace modelhost::testing {
namespace {

using modelhost::test::AttentionConfig;
using modelhost::test::AttentionForMaskedLM;
using modelhost::test::AttentionModel;

enum class Fault {
  kNone,
  kRandomResults,
  kRowsMeet,
  kIgnoresHeadMask,
  kUnusedParameter,
  kOwnMemory,
  kWrongHeads,
  kCrash,
  kStateInForward,
};

Fault fault = Fault::kNone;  // a case's process has a copy

struct FaultyModel : AttentionModel {
  explicit FaultyModel(std::shared_ptr<AttentionConfig> config) : AttentionModel(config) {
    if (fault == Fault::kUnusedParameter) declare_parameter("unused", {3});
    if (fault == Fault::kOwnMemory) register_parameter("own", at::ones({3}));
  }

  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override {
    if (fault == Fault::kCrash) *const_cast<volatile int*>(static_cast<int*>(nullptr)) = 1;
    NamedTensors own = inputs;
    if (fault == Fault::kIgnoresHeadMask) own = {{"input_ids", inputs.at("input_ids")}};
    at::Tensor x = AttentionModel::forward(own, options).at("last_hidden_state");
    if (fault == Fault::kRandomResults) x = x + at::randn_like(x);
    if (fault == Fault::kRowsMeet) x = x + x.mean(0, /*keepdim=*/true);
    if (fault == Fault::kStateInForward) x = x + static_cast<double>(calls_++);
    return {{"last_hidden_state", x}};
  }

  std::vector<nn::AttentionHeads> attention_heads() override {
    auto heads = AttentionModel::attention_heads();
    if (fault == Fault::kWrongHeads) heads.front().outputs.clear();
    return heads;
  }

 private:
  int calls_ = 0;
};

ModelSubject subject_named(const std::string& architecture) {
  ModelSubject subject;
  subject.architecture = architecture;
  subject.specs = [] {
    return std::vector{model_spec<AttentionModel>("AttentionModel"),
                       model_spec<AttentionForMaskedLM>("AttentionForMaskedLM"),
                       model_spec<FaultyModel>("FaultyModel")};
  };
  return subject;
}

std::map<std::string, CaseResult> results_of(const ModelSubject& subject) {
  std::map<std::string, CaseResult> results;
  for (auto& result : run_cases(model_cases(subject))) results.emplace(result.id, result);
  return results;
}

CaseResult result_of(const std::string& id, Fault wanted) {
  fault = wanted;
  auto cases = model_cases(subject_named("FaultyModel"));
  std::erase_if(cases, [&](const auto& one) { return one.id != id; });
  REQUIRE(cases.size() == 1);
  CaseResult result = run_cases(cases).front();
  fault = Fault::kNone;
  return result;
}

TEST_CASE("a sound model fails no case, and passes all that it has the features for") {
  const std::string architecture = GENERATE("AttentionModel", "AttentionForMaskedLM");
  int passed = 0;
  for (const auto& [id, result] : results_of(subject_named(architecture))) {
    CAPTURE(id, result.detail, result.output);
    CHECK((result.verdict == Verdict::kPass || result.verdict == Verdict::kSkip));
    if (result.verdict == Verdict::kSkip) CHECK_FALSE(result.detail.empty());
    passed += result.verdict == Verdict::kPass ? 1 : 0;
  }
  CHECK(passed >= 22);
}

TEST_CASE("each fault of a model fails the case that is about it, which says why") {
  const std::map<Fault, std::string> faults = {
      {Fault::kRandomResults, "deterministic"},
      {Fault::kStateInForward, "deterministic"},
      {Fault::kRowsMeet, "batching-equivalence"},
      {Fault::kIgnoresHeadMask, "head-mask"},
      {Fault::kUnusedParameter, "gradients-reach-every-parameter"},
      {Fault::kWrongHeads, "prune-heads"},
  };
  for (const auto& [wanted, id] : faults) {
    CAPTURE(id);
    const CaseResult sound = result_of(id, Fault::kNone);
    CAPTURE(sound.detail);
    CHECK(sound.verdict == Verdict::kPass);
    const CaseResult result = result_of(id, wanted);
    CHECK(result.verdict == Verdict::kFail);
    CHECK_FALSE(result.detail.empty());
  }
}

TEST_CASE("a parameter that no output depends on is named") {
  CHECK(result_of("gradients-reach-every-parameter", Fault::kUnusedParameter).detail.find("unused") !=
        std::string::npos);
}

TEST_CASE("a constructor that allocates is a warning that names the parameter") {
  const CaseResult result = result_of("constructs-without-memory", Fault::kOwnMemory);
  CHECK(result.verdict == Verdict::kWarn);
  CHECK(result.detail.find("own") != std::string::npos);
}

TEST_CASE("a forward that crashes is a crash of that case alone") {
  CHECK(result_of("deterministic", Fault::kCrash).verdict == Verdict::kCrash);
}

TEST_CASE("a class that the plugin does not register fails with its name") {
  for (const auto& [id, result] : results_of(subject_named("NobodysModel"))) {
    CHECK(result.verdict == Verdict::kFail);
    CHECK(result.detail.find("NobodysModel") != std::string::npos);
  }
}

TEST_CASE("a small config is the default one with small sizes, by name or alias") {
  const ModelSpec spec = model_spec<AttentionModel>("AttentionModel");
  const auto config = std::dynamic_pointer_cast<AttentionConfig>(small_config(spec));
  CHECK(config->vocab_size == 61);
  CHECK(config->hidden_size == 16);
  CHECK(config->layers == 3);  // no name that the kit knows
  CHECK(config->pad_token_id.has_value());
  const auto other = std::dynamic_pointer_cast<AttentionConfig>(small_config(spec, {{"layers", 1}}));
  CHECK(other->layers == 1);
}

TEST_CASE("sizes that the config does not have are an error that says where they come from") {
  const ModelSpec spec = model_spec<AttentionModel>("AttentionModel");
  const Error error = test::error_of([&] { small_config(spec, {{"leyers", 1}}); });
  CHECK(error.key() == "leyers");
  CHECK(error.fix().find("conformance.json") != std::string::npos);
}

TEST_CASE("sample inputs never hold the padding token, and their mask hides nothing") {
  const ModelSpec spec = model_spec<AttentionModel>("AttentionModel");
  const auto model = random_model(spec, small_config(spec, {{"pad_token_id", 5}}));
  const NamedTensors inputs = sample_inputs(*model, 30, 30);
  CHECK(inputs.at("input_ids").sizes() == at::IntArrayRef({30, 30}));
  CHECK_FALSE((inputs.at("input_ids") == 5).any().item<bool>());
}

}  // namespace
}  // namespace modelhost::testing
