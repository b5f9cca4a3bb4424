#include "vit_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/upsample_bicubic2d.h>

namespace example::vit {

ViTLayerImpl::ViTLayerImpl(const ViTConfig& c, int64_t index)
    : attention_(*this,
                 {"attention.attention.query", "attention.attention.key", "attention.attention.value",
                  "attention.output.dense"},
                 {.hidden = c.hidden_size, .heads = c.num_attention_heads, .bias = c.qkv_bias},
                 {.dropout = c.attention_probs_dropout_prob, .softmax_in_float = true}, index),
      intermediate_(register_at("intermediate.dense", nn::Linear(c.hidden_size, c.intermediate_size))),
      output_(register_at("output.dense", nn::Linear(c.intermediate_size, c.hidden_size))),
      layernorm_before_(register_module("layernorm_before", nn::LayerNorm(c.hidden_size, c.layer_norm_eps))),
      layernorm_after_(register_module("layernorm_after", nn::LayerNorm(c.hidden_size, c.layer_norm_eps))),
      activation_(nn::activation(c.hidden_act)),
      dropout_(register_module("dropout", nn::Dropout(c.hidden_dropout_prob))) {}

nn::LayerOutput ViTLayerImpl::compute(const Tensor& x, const nn::LayerInputs& inputs) {
  const nn::Attended attended = attention_.self(layernorm_before_(x), inputs);
  const Tensor h = dropout_(attended.context) + x;  // [B, S, E]
  return {dropout_(output_(activation_(intermediate_(layernorm_after_(h))))) + h, attended.probabilities, {}};
}

ViTEmbeddingsImpl::ViTEmbeddingsImpl(const ViTConfig& c)
    : rows_(c.rows()),
      columns_(c.columns()),
      cls_token_(
          declare_parameter("cls_token", {1, 1, c.hidden_size}, nn::Init::trunc_normal(c.initializer_range))),
      position_embeddings_(declare_parameter("position_embeddings", {1, rows_ * columns_ + 1, c.hidden_size},
                                             nn::Init::trunc_normal(c.initializer_range))),
      projection_(register_at(
          "patch_embeddings.projection",
          nn::Conv2d(nn::ConvolutionSizes<2>{.in_channels = c.num_channels,
                                             .out_channels = c.hidden_size,
                                             .kernel = {c.patch_size.height, c.patch_size.width},
                                             .stride = {c.patch_size.height, c.patch_size.width}}))),
      dropout_(register_module("dropout", nn::Dropout(c.hidden_dropout_prob))) {}

Tensor ViTEmbeddingsImpl::forward(const Tensor& pixels) {
  const Tensor patches = projection_(pixels.to(cls_token_.scalar_type()));  // [B, E, rows, columns]
  const Tensor tokens =
      at::cat({cls_token_.expand({pixels.size(0), -1, -1}), patches.flatten(2).transpose(1, 2)}, 1);
  return dropout_(tokens + positions_for(patches.size(2), patches.size(3)));
}

// [1, S, E], the learned ones or, for images of another size, drawn out of them.
Tensor ViTEmbeddingsImpl::positions_for(int64_t rows, int64_t columns) const {
  if (rows == rows_ && columns == columns_) return position_embeddings_;
  const Tensor grid =
      position_embeddings_.slice(1, 1).reshape({1, rows_, columns_, -1}).permute({0, 3, 1, 2});
  const Tensor drawn = at::upsample_bicubic2d(grid, {rows, columns}, /*align_corners=*/false);
  return at::cat({position_embeddings_.slice(1, 0, 1), drawn.permute({0, 2, 3, 1}).flatten(1, 2)}, 1);
}

NamedTensors ViTPreTrainedModel::dummy_inputs() const {
  const ViTConfig& c = config();
  const std::vector<int64_t> shape = {2, c.num_channels, c.image_size.height, c.image_size.width};
  const int64_t count = shape[0] * shape[1] * shape[2] * shape[3];
  return {{"pixel_values", at::linspace(-1, 1, count).cos().view(shape)}};
}

ViTModel::ViTModel(std::shared_ptr<ViTConfig> c, bool add_pooling_layer)
    : ViTPreTrainedModel(c),
      embeddings_(register_module("embeddings", ViTEmbeddings(*c))),
      encoder_(register_at("encoder.layer", nn::LayerStack(c->num_hidden_layers,
                                                           [&](int64_t index) {
                                                             return std::make_shared<ViTLayerImpl>(*c, index);
                                                           }))),
      layernorm_(register_module("layernorm", nn::LayerNorm(c->hidden_size, c->layer_norm_eps))),
      pooler_activation_(nn::activation(c->pooler_act, "pooler_act")) {
  if (add_pooling_layer)
    pooler_ = register_at("pooler.dense", nn::Linear(c->hidden_size, c->pooler_output_size));
}

modelhost::InputTable ViTModel::inputs(bool any_size) const {
  using modelhost::Input;
  const ViTConfig& c = config();
  const std::string_view pixels = any_size ? "B C * *" : "B C Y X";
  return {.inputs = {{"pixel_values", pixels, Input::Kind::kOther, 0, Input::Role::kSequence},
                     {"head_mask", "H | L H", Input::Kind::kHeadMask},
                     {"interpolate_pos_encoding", "", Input::Kind::kFlag}},
          .sizes = {{'C', c.num_channels},
                    {'Y', c.image_size.height},
                    {'X', c.image_size.width},
                    {'H', c.num_attention_heads},
                    {'L', c.num_hidden_layers}}};
}

modelhost::BackboneOutput ViTModel::run(const NamedTensors& inputs, const ForwardOptions& options) {
  const bool any_size = modelhost::flag(inputs, "interpolate_pos_encoding");
  const auto plan =
      modelhost::plan_forward(*this, this->inputs(any_size), inputs, options, {.keeps_cache = false});
  modelhost::BackboneOutput output =
      encoder_(embeddings_(inputs.at("pixel_values")), plan.layers, plan.output_hidden_states);
  output.last_hidden_state = layernorm_(output.last_hidden_state);  // hidden_states keep what is before it
  if (pooler_) output.pooler_output = pooler_activation_(pooler_(output.last_hidden_state.select(1, 0)));
  return output;
}

}  // namespace example::vit
