// What the cases of a model have in common: the class, small models of it, inputs, and comparisons.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "modelhost/load/load_report.h"
#include "modelhost/testing/conformance.h"
#include "modelhost/testing/small_model.h"

namespace modelhost::testing {

/// What transformers' tests allow between two ways to the same result.
inline constexpr double kTolerance = 1e-5;

inline constexpr int64_t kBatch = 3, kLength = 7;

/// One class and its small models. Made in the process of a case: it calls the plugin.
class ModelFixture {
 public:
  explicit ModelFixture(const ModelSubject& subject);

  const ModelSpec& spec() const { return *spec_; }
  const ModelSubject& subject() const { return subject_; }
  /// The class of the same type and prefix that is the backbone alone. Skips the case where there is none.
  const ModelSpec& base_spec() const;
  /// Skips the case unless the class has a backbone inside.
  void require_head() const;

  std::shared_ptr<PretrainedConfig> config(const Json& more = Json::object()) const;
  std::shared_ptr<PreTrainedModel> model(const Json& more = Json::object()) const;
  /// With this `attn_implementation`: "eager" knows masks of heads and gives its probabilities.
  std::shared_ptr<PreTrainedModel> model_with_attention(const std::string& attention,
                                                        const Json& more = Json::object()) const;
  std::shared_ptr<PreTrainedModel> eager_model(const Json& more = Json::object()) const {
    return model_with_attention("eager", more);
  }

  /// sample_inputs; skips the case where the kit cannot make any.
  NamedTensors inputs(PreTrainedModel& model, int64_t batch = kBatch, int64_t length = kLength) const;

 private:
  ModelSubject subject_;
  std::vector<ModelSpec> specs_;
  const ModelSpec* spec_;
};

/// A size that the config has under this name or an alias; nullopt where it has none.
std::optional<int64_t> size_of(const PretrainedConfig& config, const std::string& name);

/// model(inputs) without gradients.
NamedTensors run(PreTrainedModel& model, const NamedTensors& inputs, const ForwardOptions& options = {});

bool takes_input(const PreTrainedModel& model, const std::string& name);
/// Skips the case unless the class takes that input.
void require_input(const PreTrainedModel& model, const std::string& name);
/// Skips the case unless there is something to prune.
std::vector<nn::AttentionHeads> require_heads(PreTrainedModel& model);

/// Fails the case unless both have the same names, shapes and dtypes, and values that are no further apart
/// than `tolerance`. `what` says what is compared.
void require_close(const NamedTensors& wanted, const NamedTensors& got, const std::string& what,
                   double tolerance = kTolerance);
void require_close(const at::Tensor& wanted, const at::Tensor& got, const std::string& what,
                   double tolerance = kTolerance);

/// Fails the case unless the state of both has the same names and bits.
void require_same_state(PreTrainedModel& wanted, PreTrainedModel& got, const std::string& what);

/// Fails the case unless both give the same outputs. Passes where the kit cannot make inputs.
void require_same_results(PreTrainedModel& before, PreTrainedModel& after);

/// Fails the case when a key was missing, unexpected or of another shape.
void require_complete(const LoadReport& report);

/// Fails the case with `what` unless `holds`.
void require(bool holds, const std::string& what);

}  // namespace modelhost::testing
