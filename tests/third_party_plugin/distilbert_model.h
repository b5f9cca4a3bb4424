// The encoder. Letters: B batch, S sequence, E dim, H heads, L layers.
#pragma once

#include "distilbert_config.h"
#include "modelhost/model/layer_inputs.h"
#include "modelhost/model/outputs.h"
#include "modelhost/nn/dropout.h"
#include "modelhost/nn/layer_norm.h"
#include "modelhost/nn/multi_head_attention.h"

namespace example::distilbert {

namespace nn = modelhost::nn;
using at::Tensor;
using modelhost::BackboneOutput;
using modelhost::ForwardOptions;
using modelhost::NamedTensors;

// [layer]
class TransformerBlockImpl : public nn::TransformerLayer {
 public:
  TransformerBlockImpl(const DistilBertConfig& config, int64_t index);
  std::optional<nn::AttentionHeads> heads() override { return attention_.heads(); }

 protected:
  nn::LayerOutput compute(const Tensor& x, const nn::LayerInputs& inputs) override;

 private:
  int64_t chunk_size_;
  nn::MultiHeadAttention attention_;
  nn::LayerNorm sa_layer_norm_, output_layer_norm_;
  nn::Linear lin1_, lin2_;
  nn::Activation activation_;
  nn::Dropout dropout_;
};
// [layer]

/// What all classes of this plugin say about themselves.
class DistilBertPreTrainedModel : public modelhost::PreTrainedModelOf<DistilBertConfig> {
 public:
  using pretrained_class = DistilBertPreTrainedModel;
  static constexpr std::string_view base_model_prefix = "distilbert", main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;

  using PreTrainedModelOf::PreTrainedModelOf;
};

/// input_ids [B, S] or inputs_embeds [B, S, E], attention_mask [B, S], head_mask [H] or [L, H]
/// -> last_hidden_state [B, S, E], hidden_states, attentions.
class DistilBertModel : public DistilBertPreTrainedModel {
 public:
  explicit DistilBertModel(std::shared_ptr<DistilBertConfig> config);

  modelhost::InputTable inputs() const;
  BackboneOutput run(const NamedTensors& inputs, const ForwardOptions& options);

  std::vector<std::string> input_names() const override { return inputs().names(); }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override {
    return run(inputs, options).named();
  }
  nn::EmbeddingImpl* get_input_embeddings() override { return word_embeddings_.get(); }
  nn::EmbeddingImpl* get_position_embeddings() override { return position_embeddings_.get(); }

 private:
  nn::Embedding word_embeddings_, position_embeddings_;
  nn::LayerNorm layer_norm_;
  nn::Dropout dropout_;
  nn::LayerStack layer_;
};

}  // namespace example::distilbert
