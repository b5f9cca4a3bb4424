// ViT. Letters: B batch, C channels, Y height, X width, N patches, S = N + 1 tokens, E hidden size, H heads, L layers.
#pragma once

#include "modelhost/model/heads.h"
#include "modelhost/model/layer_inputs.h"
#include "modelhost/nn/convolution.h"
#include "modelhost/nn/layer_norm.h"
#include "modelhost/nn/multi_head_attention.h"
#include "vit_config.h"

namespace example::vit {

namespace nn = modelhost::nn;
using at::Tensor;
using modelhost::ForwardOptions;
using modelhost::NamedTensors;

class ViTLayerImpl : public nn::TransformerLayer {
 public:
  ViTLayerImpl(const ViTConfig& config, int64_t index);
  std::optional<nn::AttentionHeads> heads() override { return attention_.heads(); }

 protected:
  nn::LayerOutput compute(const Tensor& x, const nn::LayerInputs& inputs) override;

 private:
  nn::MultiHeadAttention attention_;
  nn::Linear intermediate_, output_;
  nn::LayerNorm layernorm_before_, layernorm_after_;
  nn::Activation activation_;
  nn::Dropout dropout_;
};

class ViTEmbeddingsImpl : public nn::Module {
 public:
  explicit ViTEmbeddingsImpl(const ViTConfig& config);
  /// pixels [B, C, Y, X] -> [B, S, E]
  Tensor forward(const Tensor& pixels);

 private:
  Tensor positions_for(int64_t rows, int64_t columns) const;

  int64_t rows_, columns_;
  Tensor cls_token_, position_embeddings_;  // [1, 1, E], [1, S, E]
  nn::Conv2d projection_;
  nn::Dropout dropout_;
};
MODELHOST_MODULE(ViTEmbeddings);

class ViTPreTrainedModel : public modelhost::PreTrainedModelOf<ViTConfig> {
 public:
  using pretrained_class = ViTPreTrainedModel;
  static constexpr std::string_view base_model_prefix = "vit", main_input_name = "pixel_values";
  static constexpr bool supports_assign_param_buffer = true;

  using PreTrainedModelOf::PreTrainedModelOf;
  nn::Init weight_init() const override { return nn::Init::trunc_normal(config().initializer_range); }
  NamedTensors dummy_inputs() const override;
};

/// pixel_values [B, C, Y, X], head_mask [H] or [L, H], interpolate_pos_encoding (a flag: images of another size)
/// -> last_hidden_state [B, S, E], pooler_output [B, E'], hidden_states, attentions.
class ViTModel : public ViTPreTrainedModel {
 public:
  explicit ViTModel(std::shared_ptr<ViTConfig> config, bool add_pooling_layer = true);

  modelhost::InputTable inputs(bool any_size = false) const;
  modelhost::BackboneOutput run(const NamedTensors& inputs, const ForwardOptions& options);

  std::vector<std::string> input_names() const override { return inputs().names(); }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override {
    return run(inputs, options).named();
  }

 private:
  ViTEmbeddings embeddings_;
  nn::LayerStack encoder_;
  nn::LayerNorm layernorm_;
  nn::Linear pooler_{nullptr};
  nn::Activation pooler_activation_;
};

inline constexpr modelhost::HeadOptions kClassifier{.pooling = modelhost::Pooling::kFirstToken};
using ViTForImageClassification = modelhost::ForSequenceClassification<ViTModel, kClassifier>;

}  // namespace example::vit
