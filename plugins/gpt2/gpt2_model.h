// The decoder without a task, and the base of all GPT-2 classes.
//
// Legend of the plugin: B batch, S sequence of the queries, T sequence of the keys, E hidden size, H heads
// (of the layer, where some are pruned), D head size, L layers, V vocabulary, C classes, N choices.
// "B|1" means either.
#pragma once

#include "gpt2_config.h"
#include "modelhost/model/layer_inputs.h"
#include "modelhost/model/outputs.h"
#include "modelhost/nn/activation.h"
#include "modelhost/nn/conv1d.h"
#include "modelhost/nn/dropout.h"
#include "modelhost/nn/layer_norm.h"

namespace modelhost::plugins::gpt2 {

using at::Tensor;

/// Attention of every token to itself and those before it, or to the tokens of an encoder.
class GPT2AttentionImpl : public nn::Module {
 public:
  GPT2AttentionImpl(const GPT2Config& config, int64_t layer, bool is_cross_attention);

  /// x [B, S, E] -> context [B, S, E], probabilities
  nn::Attended forward(const Tensor& x, const nn::LayerInputs& inputs);

  /// Of self attention.
  nn::AttentionHeads heads() { return {&num_heads_, head_size_, {{c_attn_.get(), 3}}, {c_proj_.get()}}; }

 private:
  Tensor part(const Tensor& projected, int64_t index, int64_t count) const;

  bool is_cross_attention_;
  int64_t layer_, num_heads_, head_size_;
  nn::AttentionOptions options_;
  nn::Conv1D c_attn_, q_attn_{nullptr}, c_proj_;
  nn::Dropout resid_dropout_;
};
MODELHOST_MODULE(GPT2Attention);

/// Self attention, cross attention where the config asks for it, feed-forward; each adds to its normed input.
class GPT2BlockImpl : public nn::TransformerLayer {
 public:
  GPT2BlockImpl(const GPT2Config& config, int64_t layer);
  std::optional<nn::AttentionHeads> heads() override { return attn_->heads(); }

 protected:
  nn::LayerOutput compute(const Tensor& x, const nn::LayerInputs& inputs) override;

 private:
  nn::LayerNorm ln_1_;
  GPT2Attention attn_;
  nn::LayerNorm ln_2_;
  GPT2Attention crossattention_{nullptr};
  nn::LayerNorm ln_cross_attn_{nullptr};
  nn::Conv1D c_fc_{nullptr}, c_proj_{nullptr};
  nn::Activation activation_;
  nn::Dropout dropout_;
};

class GPT2PreTrainedModel : public PreTrainedModelOf<GPT2Config> {
 public:
  using pretrained_class = GPT2PreTrainedModel;
  static constexpr std::string_view base_model_prefix = "transformer", main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = false, is_parallelizable = true;
  static constexpr bool qa_has_labels = false;

  using PreTrainedModelOf::PreTrainedModelOf;
};

/// Inputs: see `inputs`; token types are looked up in the token table. Outputs: last_hidden_state [B, S, E],
/// or [C, N, S, E] for inputs with choices, hidden_states, attentions, cross_attentions.
class GPT2Model : public GPT2PreTrainedModel {
 public:
  explicit GPT2Model(std::shared_ptr<GPT2Config> config);

  InputTable inputs() const;
  BackboneOutput run(const NamedTensors& inputs, const ForwardOptions& options);

  std::vector<std::string> input_names() const override { return inputs().names(); }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override {
    return run(inputs, options).named();
  }
  nn::EmbeddingImpl* get_input_embeddings() override { return wte_.get(); }

 private:
  Tensor embed(const NamedTensors& inputs, const InputShape& shape);

  nn::Embedding wte_, wpe_;
  nn::Dropout drop_;
  nn::LayerStack h_;
  nn::LayerNorm ln_f_;
};

}  // namespace modelhost::plugins::gpt2
