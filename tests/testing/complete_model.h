// A small model with every feature that a case of the conformance kit asks for.
#pragma once

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>

#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "modelhost/model/loss.h"
#include "modelhost/model/masking.h"
#include "modelhost/nn/conv1d.h"
#include "modelhost/nn/gradient_checkpointing.h"
#include "modelhost/nn/layer_norm.h"
#include "modelhost/registry/model_spec.h"

namespace modelhost::testing {

struct CompleteConfig : PretrainedConfig {
  static constexpr std::string_view model_type = "complete";
  int64_t vocab_size = 11, hidden_size = 12, num_attention_heads = 4, num_hidden_layers = 3;
  int64_t intermediate_size = 20, max_position_embeddings = 9;
  std::string_view type() const override { return model_type; }
  std::unique_ptr<PretrainedConfig> make_default() const override {
    return std::make_unique<CompleteConfig>();
  }
  void fields(ConfigFields& f) override {
    PretrainedConfig::fields(f);
    f("vocab_size", vocab_size, limits::kVocabulary);
    f("hidden_size", hidden_size, limits::kWidth);
    f("num_attention_heads", num_attention_heads, limits::kHeads);
    f("num_hidden_layers", num_hidden_layers, limits::kLayers);
    f("intermediate_size", intermediate_size, limits::kWidth);
    f("max_position_embeddings", max_position_embeddings, limits::kPositions);
  }
};

/// Attention and feed forward. `gain` has no rule of initialisation but the class's own.
struct CompleteLayerImpl : nn::GradientCheckpointingLayer {
  explicit CompleteLayerImpl(const CompleteConfig& config)
      : num_heads(config.num_attention_heads),
        head_size(config.hidden_size / config.num_attention_heads),
        chunk_size(config.chunk_size_feed_forward) {
    const int64_t width = config.hidden_size;
    qk = register_module("qk", nn::Conv1D(width, 2 * width));
    value = register_module("value", nn::Linear(width, width));
    out = register_module("out", nn::Linear(width, width));
    norm = register_module("norm", nn::LayerNorm(width, 1e-5));
    up = register_module("up", nn::Linear(width, config.intermediate_size));
    down = register_module("down", nn::Linear(config.intermediate_size, width));
    gain = declare_parameter("gain", {width});
  }
  /// x [B, S, E], additive mask [B, 1, 1, S], head_mask [1, H, 1, 1] or undefined
  /// -> {x [B, S, E], probabilities [B, H, S, S]}
  TensorList forward(const at::Tensor& x, const at::Tensor& mask, const at::Tensor& head_mask) {
    return checkpointed({x, mask, head_mask},
                        [this](const TensorList& in) { return compute(in[0], in[1], in[2]); });
  }
  TensorList compute(const at::Tensor& x, const at::Tensor& mask, const at::Tensor& head_mask) {
    const auto split = [&](const at::Tensor& t) {  // [B, S, E] -> [B, H, S, D]
      return t.view({t.size(0), t.size(1), num_heads, head_size}).transpose(1, 2);
    };
    const auto halves = qk(x).chunk(2, -1);
    const at::Tensor scores = at::matmul(split(halves[0]), split(halves[1]).transpose(-1, -2));
    at::Tensor weights = (scores / std::sqrt(head_size) + mask).softmax(-1);
    if (head_mask.defined()) weights = weights * head_mask;
    const at::Tensor context = at::matmul(weights, split(value(x))).transpose(1, 2).flatten(2);
    const at::Tensor attended = x + out(context);
    return {attended + gain * feed_forward(norm(attended)), weights};
  }
  at::Tensor feed_forward(const at::Tensor& x) {
    if (chunk_size == 0) return down(up(x).tanh());
    TensorList chunks;
    for (const at::Tensor& chunk : x.split(chunk_size, 1)) chunks.push_back(down(up(chunk).tanh()));
    return at::cat(chunks, 1);
  }
  nn::AttentionHeads heads() { return {&num_heads, head_size, {{qk.get(), 2}, {value.get()}}, {out.get()}}; }

  int64_t num_heads, head_size, chunk_size;
  nn::Conv1D qk{nullptr};
  nn::Linear value{nullptr}, out{nullptr}, up{nullptr}, down{nullptr};
  nn::LayerNorm norm{nullptr};
  at::Tensor gain;
};

struct CompletePreTrainedModel : PreTrainedModel {
  using config_class = CompleteConfig;
  static constexpr std::string_view base_model_prefix = "model", main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;
  static constexpr std::array<std::string_view, 1> keys_to_ignore_on_load_missing{"scale"};

  using PreTrainedModel::PreTrainedModel;
  void init_module_weights(torch::nn::Module& module) override {
    PreTrainedModel::init_module_weights(module);
    if (auto* layer = dynamic_cast<CompleteLayerImpl*>(&module)) layer->gain.data().fill_(1);
  }
};

/// Keys: embed.weight, positions.weight, layer.0.qk.weight …, and `scale`, a buffer that is not saved.
struct CompleteModel : CompletePreTrainedModel {
  static constexpr std::array<std::string_view, 1> keys_to_ignore_on_save{"scale"};

  explicit CompleteModel(std::shared_ptr<CompleteConfig> config) : CompletePreTrainedModel(config) {
    embed = register_module("embed", nn::Embedding(config->vocab_size, config->hidden_size));
    positions =
        register_module("positions", nn::Embedding(config->max_position_embeddings, config->hidden_size));
    register_module("layer", layers);
    for (int64_t i = 0; i < config->num_hidden_layers; ++i)
      layers->push_back(std::make_shared<CompleteLayerImpl>(*config));
    register_buffer("scale", at::ones({1}));
  }
  at::Tensor embedded(const NamedTensors& inputs) {
    const at::Tensor vectors = inputs.get("inputs_embeds"), places = inputs.get("position_ids");
    const at::Tensor x = vectors.defined() ? vectors : embed(inputs.at("input_ids"));
    const at::Tensor scale = named_buffers(/*recurse=*/false)["scale"].to(x.scalar_type());
    return x * scale + positions(places.defined() ? places : at::arange(x.size(1)));
  }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override {
    at::Tensor x = embedded(inputs);  // [B, S, E]
    const at::Tensor given = inputs.get("attention_mask");
    const at::Tensor mask =
        invert_attention_mask(given.defined() ? given : at::ones({x.size(0), x.size(1)}), x.scalar_type());
    const at::Tensor head_mask = get_head_mask(inputs.get("head_mask"), layers->size(), x.scalar_type());
    NamedTensors lists;
    for (int64_t i = 0; i < layers->size(); ++i) {
      if (wants_hidden_states(options)) lists.set("hidden_states." + std::to_string(i), x);
      const auto output = nn::call((*layers)[i], x, mask, head_mask.defined() ? head_mask[i] : at::Tensor());
      x = output[0];
      if (wants_attentions(options)) lists.set("attentions." + std::to_string(i), output[1]);
    }
    if (wants_hidden_states(options)) lists.set("hidden_states." + std::to_string(layers->size()), x);
    NamedTensors outputs{{"last_hidden_state", x}};
    for (const auto& [name, tensor] : lists) outputs.set(name, tensor);
    return outputs;
  }
  std::vector<std::string> input_names() const override {
    return {"input_ids", "attention_mask", "position_ids", "head_mask", "inputs_embeds"};
  }
  nn::EmbeddingImpl* get_input_embeddings() override { return embed.get(); }
  nn::EmbeddingImpl* get_position_embeddings() override { return positions.get(); }
  std::vector<nn::AttentionHeads> attention_heads() override {
    std::vector<nn::AttentionHeads> heads;
    for (const auto& one : *layers) heads.push_back(one->heads());
    return heads;
  }

  nn::Embedding embed{nullptr}, positions{nullptr};
  std::shared_ptr<nn::ModuleListImpl<CompleteLayerImpl>> layers =
      std::make_shared<nn::ModuleListImpl<CompleteLayerImpl>>();
};

/// What the two classes with a head have in common: {loss, logits, lists}.
struct CompleteModelWithHead : CompletePreTrainedModel {
  static constexpr std::array<std::string_view, 1> keys_to_ignore_on_save{"model.scale"};

  explicit CompleteModelWithHead(std::shared_ptr<CompleteConfig> config) : CompletePreTrainedModel(config) {
    model = register_module("model", std::make_shared<CompleteModel>(config));
  }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override {
    NamedTensors own;
    for (const auto& [name, tensor] : inputs) {
      if (name != "labels") own.set(name, tensor);
    }
    const NamedTensors encoded = model->forward(own, options);
    const at::Tensor logits = logits_of(encoded.at("last_hidden_state")), labels = inputs.get("labels");
    NamedTensors outputs;
    if (labels.defined()) outputs.set("loss", loss_of(logits, labels));
    outputs.set("logits", logits);
    for (const auto& [name, tensor] : encoded) {
      if (name != "last_hidden_state") outputs.set(name, tensor);
    }
    return outputs;
  }
  virtual at::Tensor logits_of(const at::Tensor& x) = 0;  ///< x [B, S, E]
  virtual at::Tensor loss_of(const at::Tensor& logits, const at::Tensor& labels) = 0;
  std::vector<std::string> input_names() const override {
    auto names = model->input_names();
    names.emplace_back("labels");
    return names;
  }
  nn::EmbeddingImpl* get_position_embeddings() override { return model->get_position_embeddings(); }

  std::shared_ptr<CompleteModel> model;
};

/// Adds lm_head.weight (tied to model.embed.weight if the config says so) and lm_head.bias.
struct CompleteForMaskedLM : CompleteModelWithHead {
  static constexpr std::array<std::string_view, 1> tied_weights_keys{"lm_head.weight"};

  explicit CompleteForMaskedLM(std::shared_ptr<CompleteConfig> config) : CompleteModelWithHead(config) {
    lm_head = register_module("lm_head", nn::Linear(config->hidden_size, config->vocab_size));
  }
  at::Tensor logits_of(const at::Tensor& x) override { return lm_head(x); }
  at::Tensor loss_of(const at::Tensor& logits, const at::Tensor& labels) override {
    return masked_lm_loss(logits, labels);
  }
  nn::LinearImpl* get_output_embeddings() override { return lm_head.get(); }

  nn::Linear lm_head{nullptr};
};

/// Adds classifier.weight and classifier.bias, on the first token.
struct CompleteForSequenceClassification : CompleteModelWithHead {
  explicit CompleteForSequenceClassification(std::shared_ptr<CompleteConfig> config)
      : CompleteModelWithHead(config) {
    classifier = register_module("classifier", nn::Linear(config->hidden_size, config->num_labels()));
  }
  at::Tensor logits_of(const at::Tensor& x) override { return classifier(x.select(1, 0)); }
  at::Tensor loss_of(const at::Tensor& logits, const at::Tensor& labels) override {
    return sequence_classification_loss(logits, labels, config().problem_type);
  }

  nn::Linear classifier{nullptr};
};

}  // namespace modelhost::testing
