// The decoder without a task, and the base of all GPT-2 classes.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gpt2_block.h"
#include "gpt2_inputs.h"
#include "modelhost/model/pretrained_model.h"

namespace modelhost::plugins::gpt2 {

/// What all classes of this plugin say about themselves, and how they initialise weights.
class GPT2PreTrainedModel : public PreTrainedModel {
 public:
  using config_class = GPT2Config;
  static constexpr std::string_view base_model_prefix = "transformer";
  static constexpr std::string_view main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = false;
  static constexpr bool is_parallelizable = true;

  explicit GPT2PreTrainedModel(std::shared_ptr<GPT2Config> config);

  /// The default rule, but the projections into the residual stream, of which there are two a layer, start
  /// smaller: from N(0, initializer_range / sqrt(2 L)).
  void init_module_weights(torch::nn::Module& module) override;

 protected:
  const GPT2Config& gpt2_config() const { return static_cast<const GPT2Config&>(config()); }
};

/// What the backbone computes. Empty lists and undefined tensors were not asked for or do not exist.
struct GPT2Outputs {
  Tensor last_hidden_state;  ///< [B, S, E], or [B, N, S, E] for inputs with choices
  std::vector<Tensor> hidden_states, attentions, cross_attentions;

  /// Appends the lists as "hidden_states.0" … to what a head returns.
  void append_lists_to(NamedTensors& outputs) const;
};

/// Inputs: input_ids [B, S] or [B, N, S], or inputs_embeds [B, S, E]; attention_mask [B, S], or as
/// self_attention_mask takes it; token_type_ids [B|1, S], looked up in the token table; position_ids
/// [B|1, S]; head_mask [H] or [L, H]; with cross attention encoder_hidden_states [B, T, E] and
/// encoder_attention_mask [B, T] or [B, S, T]. With choices, B is the product of both dimensions; masks and
/// ids may have them apart or flattened.
/// Outputs: last_hidden_state, hidden_states, attentions, cross_attentions.
class GPT2Model : public GPT2PreTrainedModel {
 public:
  explicit GPT2Model(std::shared_ptr<GPT2Config> config);

  std::vector<std::string> input_names() const override;
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;
  /// forward for heads; `inputs` may hold labels, which are not looked at.
  GPT2Outputs run(const NamedTensors& inputs, const ForwardOptions& options);

  nn::EmbeddingImpl* get_input_embeddings() override { return wte_.get(); }
  std::vector<nn::AttentionHeads> attention_heads() override;

 private:
  Tensor embed(const NamedTensors& inputs, const InputShape& shape);
  BlockInputs block_inputs(const NamedTensors& inputs, const ForwardOptions& options,
                           const InputShape& shape) const;
  Tensor layers_head_mask(const Tensor& head_mask);
  bool prefers_sdpa() const { return gpt2_config().attn_implementation == "sdpa"; }

  nn::Embedding wte_, wpe_;
  nn::Dropout drop_;
  std::shared_ptr<nn::ModuleListImpl<GPT2BlockImpl>> h_;
  nn::LayerNorm ln_f_;
  std::once_flag warned_about_head_mask_;
};

/// The inputs of all heads, which have no cross attention unless `more` says so.
std::vector<std::string> head_input_names(std::initializer_list<const char*> more);

/// {loss, logits, lists}
NamedTensors head_outputs(const Tensor& loss, const Tensor& logits, const GPT2Outputs& decoded);

}  // namespace modelhost::plugins::gpt2
