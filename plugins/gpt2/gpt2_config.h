// The config of all GPT-2 models.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modelhost/config/pretrained_config.h"

namespace modelhost::plugins::gpt2 {

/// transformers' GPT2Config: field names, defaults, aliases and meaning are the same.
struct GPT2Config : PretrainedConfig {
  static constexpr std::string_view model_type = "gpt2";

  GPT2Config();

  std::string_view type() const override { return model_type; }
  std::unique_ptr<PretrainedConfig> make_default() const override { return std::make_unique<GPT2Config>(); }
  void fields(ConfigFields& f) override;
  std::vector<std::pair<std::string, std::string>> attribute_map() const override;

  /// Errors: kConfigInconsistent for sizes that cannot be built, kConfigChoice for an unknown
  /// `activation_function`, kConfigType and kConfigRange for the dropouts that are no fields of the class.
  void validate(const std::string& file) const override;

  int64_t head_size() const { return n_embd / n_head; }
  int64_t inner_size() const { return n_inner.value_or(4 * n_embd); }
  /// Dropout before the classifier of tokens: `classifier_dropout`, else `hidden_dropout`, else 0.1. A config
  /// holds the two only where somebody put them there.
  double token_classifier_dropout() const;
  /// Dropout behind the sequence summary: `summary_last_dropout`, else 0. As above.
  double summary_last_dropout() const;
  /// Whether scores are scaled in another way than by 1 / sqrt(head size).
  bool has_own_scaling() const { return !scale_attn_weights || scale_attn_by_inverse_layer_idx; }

  int64_t vocab_size = 50257;
  int64_t n_positions = 1024;
  int64_t n_embd = 768;
  int64_t n_layer = 12;
  int64_t n_head = 12;
  std::optional<int64_t> n_inner;
  std::string activation_function = "gelu_new";
  double resid_pdrop = 0.1;
  double embd_pdrop = 0.1;
  double attn_pdrop = 0.1;
  double layer_norm_epsilon = 1e-5;
  double initializer_range = 0.02;
  std::string summary_type = "cls_index";
  bool summary_use_proj = true;
  std::optional<std::string> summary_activation;
  bool summary_proj_to_labels = true;
  double summary_first_dropout = 0.1;
  bool scale_attn_weights = true;
  bool use_cache = true;
  bool scale_attn_by_inverse_layer_idx = false;
  bool reorder_and_upcast_attn = false;
};

}  // namespace modelhost::plugins::gpt2
