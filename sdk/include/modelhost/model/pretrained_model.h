// The base class of every model.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "modelhost/config/generation_config.h"
#include "modelhost/config/pretrained_config.h"
#include "modelhost/model/model_traits.h"
#include "modelhost/model/named_tensors.h"
#include "modelhost/nn/attention_heads.h"
#include "modelhost/nn/cache.h"
#include "modelhost/nn/embedding.h"
#include "modelhost/nn/linear.h"
#include "modelhost/nn/module.h"

namespace modelhost {

struct ModelSpec;

/// What a caller wants from one forward. An unset option is taken from the config, as in transformers.
struct ForwardOptions {
  std::optional<bool> output_hidden_states;
  std::optional<bool> output_attentions;
  std::optional<bool> use_cache;
  /// Keys and values of the tokens before these; the forward adds its own. The inputs are then the new tokens
  /// alone, and attention_mask covers the old ones, too. Only decoders use it. After an error it is as
  /// before.
  nn::Cache* past_key_values = nullptr;
};

/// transformers' `PreTrainedModel`: a module with a config that knows where its backbone and embeddings are. What can
/// be done to one stands in surgery.h, training.h and measures.h.
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
  /// transformers: weights of linear layers, convolutions and embeddings by `weight_init`, their biases 0,
  /// norms 1 and 0; and a parameter that has a rule of its own (nn::Module::set_init) by that.
  virtual void init_module_weights(torch::nn::Module& module);

  /// The rule for weights of linear layers, convolutions and embeddings. The default is the normal
  /// distribution with the config's `initializer_range`, or 0.02, as deviation.
  virtual nn::Init weight_init() const;

  /// The token embedding and the output projection, nullptr where there is none. The defaults ask the base
  /// model and answer nullptr.
  virtual nn::EmbeddingImpl* get_input_embeddings();
  virtual nn::LinearImpl* get_output_embeddings() { return nullptr; }

  /// The learned position embedding, nullptr where an architecture has none that can be resized. The default
  /// asks the base model and answers nullptr.
  virtual nn::EmbeddingImpl* get_position_embeddings();

  /// Where the heads of each layer's self attention are, one entry a layer, in order: all that an
  /// architecture does for head pruning. It builds its layers with all heads; those of `config.pruned_heads`
  /// are taken away right after construction. The default asks the base model, and in one that has a single
  /// nn::LayerStack its layers; empty: heads cannot be pruned.
  virtual std::vector<nn::AttentionHeads> attention_heads();

  /// Makes tied weights one tensor. Called once after construction. The default ties the output projection to
  /// the token embedding when the config says `tie_word_embeddings`, and what modules tie within themselves
  /// (nn::Module::tie_own_weights).
  virtual void tie_weights();

  /// Gives every parameter memory and initial values: what a constructor in transformers does. Loading does
  /// not need it.
  void init_weights();

  /// Makes `new_num_position_embeddings` rows of the position embedding and sets `max_position_embeddings` of
  /// the config. New rows are initialised by the class's rule; the model is as before after an error. Errors:
  /// kModelSurgery, for every class without `get_position_embeddings`.
  virtual void resize_position_embeddings(int64_t new_num_position_embeddings);

  /// Inputs that the model runs with. The default is transformers' DUMMY_INPUTS, {"input_ids": int64 [3, 5]};
  /// a class with another main input says what it takes.
  virtual NamedTensors dummy_inputs() const;

  /// The backbone: the child called `base_model_prefix`, or this model if there is none.
  PreTrainedModel& base_model();

  const PretrainedConfig& config() const { return *config_; }
  PretrainedConfig& config() { return *config_; }
  const std::shared_ptr<PretrainedConfig>& config_ptr() const { return config_; }

  const ModelTraits& traits() const { return traits_; }

  /// transformers' `generation_config`: from generation_config.json, else from what config.json states. Empty
  /// for classes that cannot generate.
  std::optional<GenerationConfig>& generation_config() { return generation_config_; }

  c10::ScalarType dtype() const;  ///< of the first floating parameter (transformers' `dtype`)
  c10::Device device() const;     ///< of the first parameter

  /// Logs a warning that begins with the name of the class, once for this object.
  void warn_once(const std::string& message) const;

 protected:
  bool wants_hidden_states(const ForwardOptions& options) const;
  bool wants_attentions(const ForwardOptions& options) const;

 private:
  friend struct ModelSpec;  // tells a new model what it is
  void set_traits(ModelTraits traits);
  void check_known_inputs(const NamedTensors& inputs) const;

  std::shared_ptr<PretrainedConfig> config_;
  ModelTraits traits_;
  std::optional<GenerationConfig> generation_config_;
  mutable std::mutex warnings_mutex_;
  mutable std::set<std::string> warnings_;  ///< that were logged
};

/// A model that knows the class of its config: the base of an architecture's classes.
template <class Config>
class PreTrainedModelOf : public PreTrainedModel {
 public:
  using config_class = Config;

  explicit PreTrainedModelOf(std::shared_ptr<Config> config) : PreTrainedModel(std::move(config)) {}

  const Config& config() const { return static_cast<const Config&>(PreTrainedModel::config()); }
  Config& config() { return static_cast<Config&>(PreTrainedModel::config()); }
};

}  // namespace modelhost
