// The base class of every model.
#pragma once

#include <cstdint>
#include <map>
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

/// layer -> heads, both counted from 0 in the model that nothing was pruned from. A negative layer counts
/// from the last one, -1, as in transformers.
using HeadsToPrune = std::map<int64_t, std::vector<int64_t>>;

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

  // --- Surgery: after an error of these functions the model is as before --------------------------------

  /// Makes `new_num_tokens` rows of the token embedding, rounded up to a multiple of `pad_to_multiple_of`; of
  /// a head of its own also the rows and bias, and of a tied head the bias (with zeros). Sets `vocab_size` of
  /// the config. Rows that stay are copied. New ones are drawn from the normal distribution with the mean of
  /// the old ones and 1e-9 times their covariance, or equal the mean where that is not positive definite;
  /// with `mean_resizing` false, the class's initialisation rule decides. A padding id that goes is
  /// forgotten. Returns the token embedding, which is the same object. Without either number nothing happens.
  /// Follows `resize_token_embeddings`. Errors: kModelSurgery.
  nn::EmbeddingImpl& resize_token_embeddings(std::optional<int64_t> new_num_tokens,
                                             std::optional<int64_t> pad_to_multiple_of = {},
                                             bool mean_resizing = true);

  /// Makes `new_num_position_embeddings` rows of the position embedding and sets `max_position_embeddings` of
  /// the config. New rows are initialised by the class's rule. Errors: kModelSurgery, for every class without
  /// `get_position_embeddings`.
  virtual void resize_position_embeddings(int64_t new_num_position_embeddings);

  /// The token embedding, or the output projection, has from now on the weight of `other`: the same tensor
  /// object, so that training one is training both (transformers puts the module itself into place). The
  /// projection's bias takes the values of the other's. Ties nothing: `tie_weights` does. Errors:
  /// kModelSurgery for another width, and where only one of the two projections has a bias.
  void set_input_embeddings(const nn::Embedding& other);
  void set_output_embeddings(const nn::Linear& other);

  /// Takes heads away and adds them to `config.pruned_heads`, under the layer numbers that were given. May be
  /// called any number of times: heads keep their first numbers, and those that are gone already are passed
  /// over. Only the weights of layers that lose heads are copied. Follows `prune_heads`. Errors:
  /// kModelSurgery for a layer or head that does not exist, for all heads of a layer, and for an architecture
  /// without `attention_heads`.
  void prune_heads(const HeadsToPrune& heads);

  /// Takes away the heads that the config names. Called by the registry after construction.
  /// Errors: kConfigInconsistent.
  void prune_heads_of_config();

  // --- Training -------------------------------------------------------------------------------------------

  /// Whether a module of the model is an nn::GradientCheckpointingLayer.
  bool supports_gradient_checkpointing() const;
  /// From now on such layers are computed twice in train mode, for less memory. Errors: kModelOption when
  /// there is none.
  void gradient_checkpointing_enable();
  void gradient_checkpointing_disable();
  bool is_gradient_checkpointing() const;

  /// The results of the token embedding require gradients, whether its weight does or not. Errors:
  /// kModelOption for a model without token embedding.
  void enable_input_require_grads();
  void disable_input_require_grads();

  // --- Measures -------------------------------------------------------------------------------------------

  /// Elements of all parameters, tied ones once; only those that require gradients, or without the weights of
  /// embeddings of any kind.
  int64_t num_parameters(bool only_trainable = false, bool exclude_embeddings = false) const;
  /// Elements of the main input; 0 and, the first time, a warning when it is not there.
  int64_t estimate_tokens(const NamedTensors& inputs) const;
  /// Operations of one forward and backward: 6 a token and parameter. Follows `floating_point_ops`.
  int64_t floating_point_ops(const NamedTensors& inputs, bool exclude_embeddings = true) const;
  /// Bytes of all parameters, tied ones once, and of all buffers.
  int64_t get_memory_footprint(bool return_buffers = true) const;

  /// Resident memory is measured around the forward of every module from now on (see nn::MemoryState), or
  /// starts again at 0.
  void add_memory_hooks();
  void reset_memory_hooks_state();

  /// Inputs that the model runs with. The default is transformers' DUMMY_INPUTS, {"input_ids": int64 [3, 5]};
  /// a class with another main input says what it takes.
  virtual NamedTensors dummy_inputs() const;

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

  /// Logs a warning that begins with the name of the class, once for this object.
  void warn_once(const std::string& message) const;

 protected:
  bool wants_hidden_states(const ForwardOptions& options) const;
  bool wants_attentions(const ForwardOptions& options) const;

 private:
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
