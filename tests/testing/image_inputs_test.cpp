#include <ATen/ops/zeros.h>

#include <catch2/catch_test_macros.hpp>
#include <map>

#include "modelhost/nn/linear.h"
#include "modelhost/testing/conformance.h"

namespace modelhost::testing {
namespace {

struct ImageConfig : PretrainedConfig {
  static constexpr std::string_view model_type = "image";
  int64_t image_size = 224, num_channels = 3, hidden_size = 8;
  std::string_view type() const override { return model_type; }
  std::unique_ptr<PretrainedConfig> make_default() const override { return std::make_unique<ImageConfig>(); }
  void fields(ConfigFields& f) override {
    PretrainedConfig::fields(f);
    f("image_size", image_size, limits::kWidth);
    f("num_channels", num_channels, limits::kWidth);
    f("hidden_size", hidden_size, limits::kWidth);
  }
};

/// A number of every image's mean colour. It takes images of config.image_size alone.
struct ImageForClassification : PreTrainedModel {
  using config_class = ImageConfig;
  static constexpr std::string_view base_model_prefix = "model", main_input_name = "pixel_values";
  static constexpr bool supports_assign_param_buffer = true;

  explicit ImageForClassification(std::shared_ptr<ImageConfig> config)
      : PreTrainedModel(config), size(config->image_size) {
    classifier = register_module("classifier", nn::Linear(config->num_channels, config->num_labels()));
  }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions&) override {
    const at::Tensor images = inputs.at("pixel_values");  // [B, C, size, size]
    TORCH_CHECK(images.size(2) == size && images.size(3) == size);
    return {{"logits", classifier(images.mean({2, 3}))}};
  }
  std::vector<std::string> input_names() const override { return {"pixel_values"}; }
  NamedTensors dummy_inputs() const override {
    return {{"pixel_values", at::zeros({1, classifier->in_features(), size, size})}};
  }

  int64_t size;
  nn::Linear classifier{nullptr};
};

struct SoundForClassification : ImageForClassification {
  using ImageForClassification::ImageForClassification;
  static constexpr std::string_view main_input_name = "input_values";
  std::vector<std::string> input_names() const override { return {"input_values"}; }
};

std::map<std::string, CaseResult> results_of(const std::string& architecture) {
  ModelSubject subject;
  subject.architecture = architecture;
  subject.specs = [] {
    return std::vector{model_spec<ImageForClassification>("ImageForClassification"),
                       model_spec<SoundForClassification>("SoundForClassification")};
  };
  std::map<std::string, CaseResult> results;
  for (auto& result : run_cases(model_cases(subject))) results.emplace(result.id, result);
  return results;
}

TEST_CASE("a class that takes images is run on random ones, as large as its dummy inputs") {
  const auto results = results_of("ImageForClassification");
  for (const auto& [id, result] : results) {
    CAPTURE(id, result.detail);
    CHECK((result.verdict == Verdict::kPass || result.verdict == Verdict::kSkip));
  }
  for (const char* id : {"deterministic", "batching-equivalence", "save-load", "two-threads", "other-dtypes",
                         "gradients-reach-every-parameter", "mismatched-sizes"}) {
    CAPTURE(id);
    CHECK(results.at(id).verdict == Verdict::kPass);
  }
  CHECK(results.at("refuses-unknown-ids").verdict == Verdict::kSkip);
}

TEST_CASE("a class whose inputs the kit cannot make skips what runs it, and says which input it is") {
  const auto results = results_of("SoundForClassification");
  CHECK(results.at("deterministic").verdict == Verdict::kSkip);
  CHECK(results.at("deterministic").detail.find("input_values") != std::string::npos);
  CHECK(results.at("save-load").verdict == Verdict::kPass);  // the weights at least
  for (const auto& [id, result] : results) {
    CAPTURE(id, result.detail);
    CHECK_FALSE(is_failure(result.verdict));
  }
}

}  // namespace
}  // namespace modelhost::testing
