// The encoder (or decoder) without a task, and the base of all BERT classes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bert_embeddings.h"
#include "bert_encoder.h"
#include "bert_heads.h"
#include "bert_inputs.h"
#include "modelhost/model/pretrained_model.h"

namespace modelhost::plugins::bert {

/// What all classes of this plugin say about themselves, and how they initialise weights.
class BertPreTrainedModel : public PreTrainedModel {
 public:
  using config_class = BertConfig;
  static constexpr std::string_view base_model_prefix = "bert";
  static constexpr std::string_view main_input_name = "input_ids";
  static constexpr bool supports_assign_param_buffer = true;

  explicit BertPreTrainedModel(std::shared_ptr<BertConfig> config);

  void init_module_weights(torch::nn::Module& module) override;

 protected:
  const BertConfig& bert_config() const { return static_cast<const BertConfig&>(config()); }
};

/// What the backbone computes. Empty lists and undefined tensors were not asked for or do not exist.
struct BertOutputs {
  Tensor last_hidden_state;  ///< [B, S, E]
  Tensor pooler_output;      ///< [B, E]
  std::vector<Tensor> hidden_states, attentions, cross_attentions;

  /// Appends the three lists as "hidden_states.0" … to what a head returns.
  void append_lists_to(NamedTensors& outputs) const;
};

/// Inputs: input_ids [B, S] or inputs_embeds [B, S, E]; attention_mask [B, S] or [B, S, S]; token_type_ids
/// and position_ids [B, S]; head_mask [H] or [L, H]; in decoders encoder_hidden_states [B, T, E] and
/// encoder_attention_mask [B, T] or [B, S, T].
/// Outputs: last_hidden_state [B, S, E], pooler_output [B, E], hidden_states, attentions, cross_attentions.
class BertModel : public BertPreTrainedModel {
 public:
  explicit BertModel(std::shared_ptr<BertConfig> config, bool add_pooling_layer = true);

  std::vector<std::string> input_names() const override;
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;
  /// forward for heads; `inputs` may hold labels, which are not looked at.
  BertOutputs run(const NamedTensors& inputs, const ForwardOptions& options);

  nn::EmbeddingImpl* get_input_embeddings() override { return &embeddings_->word_embeddings(); }
  std::vector<nn::AttentionHeads> attention_heads() override;

 private:
  EncoderInputs encoder_inputs(const NamedTensors& inputs, const ForwardOptions& options,
                               InputShape shape) const;

  BertEmbeddings embeddings_;
  BertEncoder encoder_;
  BertPooler pooler_{nullptr};
};

}  // namespace modelhost::plugins::bert
