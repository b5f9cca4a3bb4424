// The smallest model that has a backbone and a head. Letters: B batch, T tokens, H hidden size, L labels.
#pragma once

#include <memory>
#include <string_view>

#include "modelhost/model/pretrained_model.h"

namespace modelhost::plugins::tiny {

struct TinyConfig : PretrainedConfig {
  static constexpr std::string_view model_type = "tiny";
  int64_t hidden_size = 4;
  int64_t vocab_size = 16;

  std::string_view type() const override { return model_type; }
  std::unique_ptr<PretrainedConfig> make_default() const override { return std::make_unique<TinyConfig>(); }
  void fields(ConfigFields& f) override;
};

/// tanh of a linear layer over token embeddings.
class TinyModel : public PreTrainedModel {
 public:
  using config_class = TinyConfig;
  static constexpr std::string_view base_model_prefix = "tiny";
  static constexpr std::string_view main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;

  explicit TinyModel(std::shared_ptr<TinyConfig> config);

  /// input_ids [B, T] -> last_hidden_state [B, T, H].
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;
  std::vector<std::string> input_names() const override { return {"input_ids"}; }
  nn::EmbeddingImpl* get_input_embeddings() override { return embeddings_.get(); }

 private:
  nn::Embedding embeddings_;
  nn::Linear projection_;
};

/// TinyModel and a classifier over the mean of its hidden states.
class TinyForClassification : public PreTrainedModel {
 public:
  using config_class = TinyConfig;
  static constexpr std::string_view base_model_prefix = "tiny";
  static constexpr std::string_view main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;

  explicit TinyForClassification(std::shared_ptr<TinyConfig> config);

  /// input_ids [B, T] -> logits [B, L].
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;
  std::vector<std::string> input_names() const override { return {"input_ids"}; }

 private:
  std::shared_ptr<TinyModel> tiny_;
  nn::Linear classifier_;
};

}  // namespace modelhost::plugins::tiny
