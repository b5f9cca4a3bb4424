// The config of all GPT-2 models.
#pragma once

#include "modelhost/config/pretrained_config.h"

namespace modelhost::plugins::gpt2 {

/// transformers' GPT2Config: field names, defaults, aliases and meaning are the same.
struct GPT2Config : ConfigOf<GPT2Config> {
  static constexpr std::string_view model_type = "gpt2";
  static constexpr int64_t kEndOfText = 50256;

  GPT2Config() { bos_token_id = kEndOfText, eos_token_id = kEndOfText; }

  void fields(ConfigFields& f) override;
  std::vector<std::pair<std::string, std::string>> attribute_map() const override;
  /// Errors: kConfigInconsistent for sizes that cannot be built, kConfigChoice for an unknown
  /// `activation_function`, kConfigType and kConfigRange for the dropouts that are no fields of the class.
  void validate(const std::string& file) const override;

  int64_t head_size() const { return n_embd / n_head; }
  int64_t inner_size() const { return n_inner.value_or(4 * n_embd); }
  /// Dropout behind the sequence summary; no field in transformers, but read where somebody put it.
  double summary_last_dropout() const { return extra.value("summary_last_dropout", 0.0); }
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
