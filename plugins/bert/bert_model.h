// The encoder (or decoder) without a task, and the base of all BERT classes.
//
// Legend of the plugin: B batch, S sequence of the queries, T sequence of the keys, E hidden size, H heads,
// D head size, L layers, V vocabulary. "B|1" means either.
#pragma once

#include "bert_config.h"
#include "modelhost/model/layer_inputs.h"
#include "modelhost/model/outputs.h"
#include "modelhost/nn/activation.h"
#include "modelhost/nn/dropout.h"
#include "modelhost/nn/layer_norm.h"
#include "modelhost/nn/multi_head_attention.h"

namespace modelhost::plugins::bert {

using at::Tensor;

/// LayerNorm(word + token type + position), the last only with absolute positions.
class BertEmbeddingsImpl : public nn::Module {
 public:
  explicit BertEmbeddingsImpl(const BertConfig& config);

  /// -> [B, S, E]
  Tensor forward(const NamedTensors& inputs, const InputShape& shape);

  nn::EmbeddingImpl& word_embeddings() { return *word_embeddings_; }

 private:
  bool absolute_positions_;
  nn::Embedding word_embeddings_, position_embeddings_, token_type_embeddings_;
  nn::LayerNorm layer_norm_;
  nn::Dropout dropout_;
};
MODELHOST_MODULE(BertEmbeddings);

/// Self attention, cross attention in a decoder, feed-forward; each is followed by LayerNorm(x + residual).
class BertLayerImpl : public nn::TransformerLayer {
 public:
  BertLayerImpl(const BertConfig& config, int64_t index);
  std::optional<nn::AttentionHeads> heads() override { return attention_.heads(); }

 protected:
  nn::LayerOutput compute(const Tensor& x, const nn::LayerInputs& inputs) override;

 private:
  Tensor relative_scores(const Tensor& query, const Tensor& key, const nn::LayerInputs& inputs);

  bool is_decoder_, scores_keys_;
  int64_t chunk_size_, max_positions_;
  nn::Activation activation_;
  nn::MultiHeadAttention attention_;
  nn::LayerNorm attention_norm_;
  std::optional<nn::MultiHeadAttention> crossattention_;
  nn::LayerNorm crossattention_norm_{nullptr};
  nn::Linear intermediate_{nullptr}, output_{nullptr};
  nn::LayerNorm output_norm_{nullptr};
  nn::Dropout dropout_;
  nn::Embedding distance_embedding_{nullptr};  ///< [2 * max_positions - 1, D], relative positions only
};

class BertPreTrainedModel : public PreTrainedModelOf<BertConfig> {
 public:
  using pretrained_class = BertPreTrainedModel;
  static constexpr std::string_view base_model_prefix = "bert", main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;

  using PreTrainedModelOf::PreTrainedModelOf;
};

/// Inputs: see `inputs`. Outputs: last_hidden_state [B, S, E], pooler_output [B, E], hidden_states,
/// attentions, cross_attentions.
class BertModel : public BertPreTrainedModel {
 public:
  explicit BertModel(std::shared_ptr<BertConfig> config, bool add_pooling_layer = true);

  InputTable inputs() const;
  BackboneOutput run(const NamedTensors& inputs, const ForwardOptions& options);

  std::vector<std::string> input_names() const override { return inputs().names(); }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override {
    return run(inputs, options).named();
  }
  nn::EmbeddingImpl* get_input_embeddings() override { return &embeddings_->word_embeddings(); }

 private:
  BertEmbeddings embeddings_;
  nn::LayerStack encoder_;
  nn::Linear pooler_{nullptr};
};

}  // namespace modelhost::plugins::bert
