// config.json of ViT.
#pragma once

#include "modelhost/config/pretrained_config.h"
#include "modelhost/nn/activation.h"

namespace example::vit {

struct ViTConfig : modelhost::ConfigOf<ViTConfig> {
  static constexpr std::string_view model_type = "vit";

  int64_t hidden_size = 768, num_hidden_layers = 12, num_attention_heads = 12, intermediate_size = 3072;
  std::string hidden_act = "gelu", pooler_act = "tanh";
  double hidden_dropout_prob = 0, attention_probs_dropout_prob = 0, initializer_range = 0.02,
         layer_norm_eps = 1e-12;
  modelhost::SizePair image_size = 224, patch_size = 16;
  int64_t num_channels = 3, encoder_stride = 16, pooler_output_size = 768;
  bool qkv_bias = true;

  int64_t rows() const { return image_size.height / patch_size.height; }
  int64_t columns() const { return image_size.width / patch_size.width; }

  void fields(modelhost::ConfigFields& f) override {
    namespace limits = modelhost::limits;
    PretrainedConfig::fields(f);
    f("hidden_size", hidden_size, limits::kWidth);
    f("num_hidden_layers", num_hidden_layers, limits::kLayers);
    f("num_attention_heads", num_attention_heads, limits::kHeads);
    f("intermediate_size", intermediate_size, limits::kWidth);
    f("hidden_act", hidden_act);
    f("hidden_dropout_prob", hidden_dropout_prob, limits::kProbability);
    f("attention_probs_dropout_prob", attention_probs_dropout_prob, limits::kProbability);
    f("initializer_range", initializer_range, limits::kNonNegative);
    f("layer_norm_eps", layer_norm_eps, limits::kNonNegative);
    f("image_size", image_size, limits::kPixels);
    f("patch_size", patch_size, limits::kPixels);
    f("num_channels", num_channels, limits::kChannels);
    f("qkv_bias", qkv_bias);
    f("encoder_stride", encoder_stride, limits::kPixels);
    f("pooler_output_size", pooler_output_size, limits::kWidth, hidden_size);
    f("pooler_act", pooler_act);
  }
  void validate(const std::string&) const override {
    require_multiple("hidden_size", hidden_size, "num_attention_heads", num_attention_heads);
    require(rows() > 0 && columns() > 0, "patch_size", "no more than image_size", "a larger patch");
    modelhost::nn::activation(hidden_act);
    modelhost::nn::activation(pooler_act, "pooler_act");
  }
};

}  // namespace example::vit
