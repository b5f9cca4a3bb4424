// The base class of every model.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "modelhost/config/generation_config.h"
#include "modelhost/config/pretrained_config.h"
#include "modelhost/model/model_traits.h"
#include "modelhost/model/named_tensors.h"
#include "modelhost/nn/embedding.h"
#include "modelhost/nn/linear.h"
#include "modelhost/nn/module.h"

namespace modelhost {

/// What a caller wants from one forward. An unset option is taken from the config, as in transformers.
struct ForwardOptions {
  std::optional<bool> output_hidden_states;
  std::optional<bool> output_attentions;
  std::optional<bool> use_cache;
};

/// transformers' `PreTrainedModel`: a module with a config that knows where its backbone and embeddings are.
///
/// A model class is constructed from its config alone and registers its modules under the names they have in
/// transformers; the constructor makes placeholders (see nn::Module), so it costs next to nothing. It
/// declares
///
///     using config_class = BertConfig;
///     static constexpr std::string_view base_model_prefix = "bert";
///     static constexpr std::string_view main_input_name = "input_ids";
///     static constexpr bool supports_assign_param_buffer = true;
///
/// and may declare `is_parallelizable` (bool), `tied_weights_keys`, `keys_to_ignore_on_load_missing`,
/// `keys_to_ignore_on_load_unexpected`, `keys_to_ignore_on_save`, `keep_in_fp32_modules` and
/// `keep_in_fp32_modules_strict` (arrays of std::string_view).
class PreTrainedModel : public nn::Module {
 public:
  /// Errors of derived constructors: any Error; typically kConfigInconsistent.
  explicit PreTrainedModel(std::shared_ptr<PretrainedConfig> config);
  ~PreTrainedModel() override;

  /// Runs the model: `model(inputs)`. Names that the model does not take are refused, LibTorch's exceptions
  /// become kModelForward. Gradients are recorded unless the caller switched them off (at::NoGradGuard).
  NamedTensors operator()(const NamedTensors& inputs, const ForwardOptions& options = {});

  /// The computation itself. Called with inputs whose names are all in `input_names()`; returns outputs in
  /// the order of transformers' ModelOutput of the class.
  virtual NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) = 0;

  /// The argument names of the class's `forward` in transformers that this class supports.
  virtual std::vector<std::string> input_names() const = 0;

  /// Initialises the own parameters of one module (transformers' `_init_weights`). Called for modules of
  /// which the checkpoint lacks a parameter; every parameter has zeroed memory then. The default follows
  /// transformers: linear and embedding weights from N(0, config.initializer_range or 0.02), biases 0, norms
  /// 1 and 0.
  virtual void init_module_weights(torch::nn::Module& module);

  /// The token embedding and the output projection, nullptr where there is none. The defaults ask the base
  /// model and answer nullptr.
  virtual nn::EmbeddingImpl* get_input_embeddings();
  virtual nn::LinearImpl* get_output_embeddings() { return nullptr; }

  /// Makes tied weights one tensor. Called once after construction. The default ties the output projection to
  /// the token embedding when the config says `tie_word_embeddings`.
  virtual void tie_weights();

  /// Gives every parameter memory and initial values: what a constructor in transformers does. Loading does
  /// not need it.
  void init_weights();

  /// The backbone: the child called `base_model_prefix`, or this model if there is none.
  PreTrainedModel& base_model();

  const PretrainedConfig& config() const { return *config_; }
  PretrainedConfig& config() { return *config_; }
  const std::shared_ptr<PretrainedConfig>& config_ptr() const { return config_; }

  const ModelTraits& traits() const { return traits_; }
  /// Called by the registry right after construction. A class that can generate gets a generation config.
  void set_traits(ModelTraits traits);

  /// transformers' `generation_config`: from generation_config.json, else from what config.json states. Empty
  /// for classes that cannot generate.
  std::optional<GenerationConfig>& generation_config() { return generation_config_; }

  c10::ScalarType dtype() const;  ///< of the first floating parameter (transformers' `dtype`)
  c10::Device device() const;     ///< of the first parameter
  /// Elements of all parameters, tied ones once.
  int64_t num_parameters() const;

 protected:
  bool wants_hidden_states(const ForwardOptions& options) const;
  bool wants_attentions(const ForwardOptions& options) const;

 private:
  void check_known_inputs(const NamedTensors& inputs) const;

  std::shared_ptr<PretrainedConfig> config_;
  ModelTraits traits_;
  std::optional<GenerationConfig> generation_config_;
};

}  // namespace modelhost
