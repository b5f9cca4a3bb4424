// A small model with a backbone, a head, tied weights and a buffer: enough for everything the load room does.
#pragma once

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>

#include <array>
#include <memory>
#include <string_view>

#include "modelhost/nn/layer_norm.h"
#include "modelhost/registry/model_spec.h"

namespace modelhost::test {

struct SampleConfig : PretrainedConfig {
  static constexpr std::string_view model_type = "sample";
  int64_t vocab_size = 7;
  int64_t hidden_size = 4;
  std::string_view type() const override { return model_type; }
  std::unique_ptr<PretrainedConfig> make_default() const override { return std::make_unique<SampleConfig>(); }
  void fields(ConfigFields& f) override {
    PretrainedConfig::fields(f);
    f("vocab_size", vocab_size, limits::kVocabulary);
    f("hidden_size", hidden_size, limits::kWidth);
  }
};

/// Keys: embed.weight, dense.weight, dense.bias, norm.weight, norm.bias, scale (buffer); positions is not
/// persistent.
struct SampleModel : PreTrainedModel {
  using config_class = SampleConfig;
  static constexpr std::string_view base_model_prefix = "sample";
  static constexpr std::string_view main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;

  explicit SampleModel(std::shared_ptr<SampleConfig> config) : PreTrainedModel(config) {
    const int64_t hidden = config->hidden_size;
    embed = register_module("embed", nn::Embedding(config->vocab_size, hidden, 0));
    dense = register_module("dense", nn::Linear(hidden, hidden));
    norm = register_module("norm", nn::LayerNorm(hidden, 1e-5));
    scale = register_buffer("scale", at::ones({1}));
    register_buffer("positions", at::arange(8), /*persistent=*/false);
  }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions&) override {
    const at::Tensor hidden = norm->forward(dense->forward(embed->forward(inputs.at("input_ids"))));
    return {{"last_hidden_state", hidden * scale.to(hidden.scalar_type())}};
  }
  std::vector<std::string> input_names() const override { return {"input_ids"}; }
  nn::EmbeddingImpl* get_input_embeddings() override { return embed.get(); }

  nn::Embedding embed{nullptr};
  nn::Linear dense{nullptr};
  nn::LayerNorm norm{nullptr};
  at::Tensor scale;
};

/// Adds sample.* and lm_head.weight, tied to sample.embed.weight.
struct SampleForCausalLM : PreTrainedModel {
  using config_class = SampleConfig;
  static constexpr std::string_view base_model_prefix = "sample";
  static constexpr std::string_view main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;
  static constexpr std::array<std::string_view, 1> tied_weights_keys{"lm_head.weight"};

  explicit SampleForCausalLM(std::shared_ptr<SampleConfig> config) : PreTrainedModel(config) {
    base = register_module("sample", std::make_shared<SampleModel>(config));
    lm_head = register_module("lm_head", nn::Linear(config->hidden_size, config->vocab_size, false));
  }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override {
    return {{"logits", lm_head->forward(base->forward(inputs, options).at("last_hidden_state"))}};
  }
  std::vector<std::string> input_names() const override { return {"input_ids"}; }
  nn::LinearImpl* get_output_embeddings() override { return lm_head.get(); }

  std::shared_ptr<SampleModel> base;
  nn::Linear lm_head{nullptr};
};

}  // namespace modelhost::test
