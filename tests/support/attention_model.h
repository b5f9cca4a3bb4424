// A small model with heads, positions, and a head with bias: what can be pruned, resized and trained.
#pragma once

#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/matmul.h>

#include <array>
#include <cmath>
#include <memory>
#include <string_view>

#include "modelhost/nn/conv1d.h"
#include "modelhost/nn/dropout.h"
#include "modelhost/nn/gradient_checkpointing.h"
#include "modelhost/registry/model_spec.h"

namespace modelhost::test {

struct AttentionConfig : PretrainedConfig {
  static constexpr std::string_view model_type = "attention";
  int64_t vocab_size = 11, hidden_size = 12, heads = 4, layers = 3, max_position_embeddings = 9;
  double dropout = 0;
  std::string_view type() const override { return model_type; }
  std::unique_ptr<PretrainedConfig> make_default() const override {
    return std::make_unique<AttentionConfig>();
  }
  void fields(ConfigFields& f) override {
    PretrainedConfig::fields(f);
    f("vocab_size", vocab_size, limits::kVocabulary);
    f("hidden_size", hidden_size, limits::kWidth);
    f("heads", heads, limits::kHeads);
    f("layers", layers, limits::kLayers);
    f("max_position_embeddings", max_position_embeddings, limits::kPositions);
    f("dropout", dropout, limits::kProbability);
  }
};

/// x + out(attention(qkv(x))), with a factor a head.
struct AttentionLayerImpl : nn::GradientCheckpointingLayer {
  explicit AttentionLayerImpl(const AttentionConfig& config)
      : num_heads(config.heads), head_size(config.hidden_size / config.heads), dropout(config.dropout) {
    const int64_t width = config.hidden_size;
    qk = register_module("qk", nn::Conv1D(width, 2 * width));
    value = register_module("value", nn::Linear(width, width));
    out = register_module("out", nn::Linear(width, width));
    register_module("dropout", dropout);
  }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& head_mask) {
    return checkpointed({x, head_mask},
                        [this](const TensorList& in) -> TensorList { return {compute(in[0], in[1])}; })[0];
  }
  at::Tensor compute(const at::Tensor& x, const at::Tensor& head_mask) {
    ++computed;
    const auto split = [&](const at::Tensor& t) {
      return t.view({t.size(0), t.size(1), num_heads, head_size}).transpose(1, 2);
    };
    const auto halves = qk(x).chunk(2, -1);
    at::Tensor scores = at::matmul(split(halves[0]), split(halves[1]).transpose(-1, -2));
    at::Tensor weights = dropout((scores / std::sqrt(head_size)).softmax(-1));
    if (head_mask.defined()) weights = weights * head_mask.view({1, -1, 1, 1});
    const at::Tensor context = at::matmul(weights, split(value(x))).transpose(1, 2);
    return x + out(context.reshape({x.size(0), x.size(1), num_heads * head_size}));
  }
  nn::AttentionHeads attention_heads() {
    return {&num_heads, head_size, {{qk.get(), 2}, {value.get()}}, {out.get()}};
  }

  int64_t num_heads, head_size;
  int computed = 0;
  nn::Conv1D qk{nullptr};
  nn::Linear value{nullptr}, out{nullptr};
  nn::Dropout dropout;
};

/// Keys: embed.weight, positions.weight, layer.0.qk.weight …
struct AttentionModel : PreTrainedModel {
  using config_class = AttentionConfig;
  static constexpr std::string_view base_model_prefix = "model", main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;

  explicit AttentionModel(std::shared_ptr<AttentionConfig> config) : PreTrainedModel(config) {
    embed = register_module("embed",
                            nn::Embedding(config->vocab_size, config->hidden_size, config->pad_token_id));
    positions =
        register_module("positions", nn::Embedding(config->max_position_embeddings, config->hidden_size));
    register_module("layer", layer);
    for (int64_t i = 0; i < config->layers; ++i)
      layer->push_back(std::make_shared<AttentionLayerImpl>(*config));
  }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions&) override {
    const at::Tensor ids = inputs.at("input_ids"), head_mask = inputs.get("head_mask");  // [L, H]
    at::Tensor x = embed(ids) + positions(at::arange(ids.size(1)));
    for (int64_t i = 0; i < layer->size(); ++i)
      x = nn::call((*layer)[i], x, head_mask.defined() ? head_mask[i] : at::Tensor());
    return {{"last_hidden_state", x}};
  }
  std::vector<std::string> input_names() const override { return {"input_ids", "head_mask"}; }
  nn::EmbeddingImpl* get_input_embeddings() override { return embed.get(); }
  nn::EmbeddingImpl* get_position_embeddings() override { return positions.get(); }
  std::vector<nn::AttentionHeads> attention_heads() override {
    std::vector<nn::AttentionHeads> heads;
    for (const auto& one : *layer) heads.push_back(one->attention_heads());
    return heads;
  }

  nn::Embedding embed{nullptr}, positions{nullptr};
  std::shared_ptr<nn::ModuleListImpl<AttentionLayerImpl>> layer =
      std::make_shared<nn::ModuleListImpl<AttentionLayerImpl>>();
};

/// Adds model.*, lm_head.weight (tied to model.embed.weight if the config says so) and lm_head.bias.
struct AttentionForMaskedLM : PreTrainedModel {
  using config_class = AttentionConfig;
  static constexpr std::string_view base_model_prefix = "model", main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;
  static constexpr std::array<std::string_view, 1> tied_weights_keys{"lm_head.weight"};

  explicit AttentionForMaskedLM(std::shared_ptr<AttentionConfig> config) : PreTrainedModel(config) {
    model = register_module("model", std::make_shared<AttentionModel>(config));
    lm_head = register_module("lm_head", nn::Linear(config->hidden_size, config->vocab_size));
  }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override {
    const at::Tensor logits = lm_head(model->forward(inputs, options).at("last_hidden_state"));
    NamedTensors outputs;
    if (const at::Tensor labels = inputs.get("labels"); labels.defined())
      outputs.set("loss", at::cross_entropy_loss(logits.flatten(0, 1), labels.flatten()));
    outputs.set("logits", logits);
    return outputs;
  }
  std::vector<std::string> input_names() const override { return {"input_ids", "head_mask", "labels"}; }
  nn::LinearImpl* get_output_embeddings() override { return lm_head.get(); }

  std::shared_ptr<AttentionModel> model;
  nn::Linear lm_head{nullptr};
};

/// An initialised model in eval mode, made as the registry makes it.
template <typename Model>
std::shared_ptr<Model> attention_model(
    std::shared_ptr<AttentionConfig> config = std::make_shared<AttentionConfig>()) {
  auto model =
      std::dynamic_pointer_cast<Model>(model_spec<Model>("AttentionModel").make_model(std::move(config)));
  model->init_weights();
  model->eval();
  return model;
}

}  // namespace modelhost::test
