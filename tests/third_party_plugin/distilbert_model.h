// The encoder. Letters: B batch, S sequence, E dim, H heads, D head size, F hidden_dim, L layers.
#pragma once

#include "distilbert_config.h"
#include "modelhost/model/pretrained_model.h"
#include "modelhost/nn/activation.h"
#include "modelhost/nn/dropout.h"
#include "modelhost/nn/gradient_checkpointing.h"
#include "modelhost/nn/layer_norm.h"

namespace example::distilbert {

namespace nn = modelhost::nn;
using at::Tensor;
using modelhost::ForwardOptions;
using modelhost::NamedTensors;

class EmbeddingsImpl : public nn::Module {
 public:
  explicit EmbeddingsImpl(const DistilBertConfig& config);
  /// ids [B, S], or their vectors [B, S, E] -> [B, S, E]
  Tensor forward(const Tensor& ids, const Tensor& vectors);

  nn::EmbeddingImpl& words() { return *word_embeddings_; }
  nn::EmbeddingImpl& positions() { return *position_embeddings_; }

 private:
  nn::Embedding word_embeddings_, position_embeddings_;
  nn::LayerNorm layer_norm_;
  nn::Dropout dropout_;
};
MODELHOST_MODULE(Embeddings);

// [attention]
class MultiHeadSelfAttentionImpl : public nn::Module {
 public:
  explicit MultiHeadSelfAttentionImpl(const DistilBertConfig& config);
  /// x [B, S, E], additive mask [B, 1, 1, S], head_mask [1, H, 1, 1] or undefined
  /// -> {context [B, S, E], probabilities [B, H, S, S]}
  std::pair<Tensor, Tensor> forward(const Tensor& x, const Tensor& mask, const Tensor& head_mask);
  nn::AttentionHeads heads() {
    return {&n_heads_, head_size_, {{q_lin_.get()}, {k_lin_.get()}, {v_lin_.get()}}, {out_lin_.get()}};
  }

 private:
  Tensor split_heads(const Tensor& x) const;

  int64_t n_heads_, head_size_;
  nn::Linear q_lin_, k_lin_, v_lin_, out_lin_;
  nn::Dropout dropout_;
};
MODELHOST_MODULE(MultiHeadSelfAttention);
// [attention]

class FFNImpl : public nn::Module {
 public:
  explicit FFNImpl(const DistilBertConfig& config);
  /// [B, S, E] -> [B, S, E]
  Tensor forward(const Tensor& x) { return dropout_(lin2_(activation_(lin1_(x)))); }

 private:
  nn::Linear lin1_, lin2_;
  nn::Activation activation_;
  nn::Dropout dropout_;
};
MODELHOST_MODULE(FFN);

class TransformerBlockImpl : public nn::GradientCheckpointingLayer {
 public:
  explicit TransformerBlockImpl(const DistilBertConfig& config);
  /// {x, mask, head_mask} -> {x, probabilities}
  TensorList forward(const TensorList& inputs);
  nn::AttentionHeads heads() { return attention_->heads(); }

 private:
  TensorList compute(const TensorList& inputs);

  MultiHeadSelfAttention attention_;
  nn::LayerNorm sa_layer_norm_;
  FFN ffn_;
  nn::LayerNorm output_layer_norm_;
};

class TransformerImpl : public nn::Module {
 public:
  explicit TransformerImpl(const DistilBertConfig& config);
  nn::ModuleListImpl<TransformerBlockImpl>& layers() { return *layer_; }

 private:
  std::shared_ptr<nn::ModuleListImpl<TransformerBlockImpl>> layer_;
};
MODELHOST_MODULE(Transformer);

/// What all classes of this plugin say about themselves.
class DistilBertPreTrainedModel : public modelhost::PreTrainedModel {
 public:
  using config_class = DistilBertConfig;
  static constexpr std::string_view base_model_prefix = "distilbert";
  static constexpr std::string_view main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;

  using PreTrainedModel::PreTrainedModel;
};

/// input_ids [B, S] or inputs_embeds [B, S, E], attention_mask [B, S], head_mask [H] or [L, H]
/// -> last_hidden_state [B, S, E], hidden_states, attentions.
class DistilBertModel : public DistilBertPreTrainedModel {
 public:
  explicit DistilBertModel(std::shared_ptr<DistilBertConfig> config);
  std::vector<std::string> input_names() const override;
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;
  nn::EmbeddingImpl* get_input_embeddings() override { return &embeddings_->words(); }
  nn::EmbeddingImpl* get_position_embeddings() override { return &embeddings_->positions(); }
  std::vector<nn::AttentionHeads> attention_heads() override;

 private:
  Embeddings embeddings_;
  Transformer transformer_;
};

}  // namespace example::distilbert
