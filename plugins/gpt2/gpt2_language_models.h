// Models that score the next token.
#pragma once

#include <array>

#include "gpt2_model.h"
#include "gpt2_sequence_summary.h"

namespace modelhost::plugins::gpt2 {

/// Inputs: those of GPT2Model; labels, shaped as input_ids, which are shifted here; logits_to_keep, a number
/// (only the last so many positions are scored; 0: all) or a list of positions. Outputs: loss, logits
/// [B, S, V], and the lists.
class GPT2LMHeadModel : public GPT2PreTrainedModel {
 public:
  static constexpr bool can_generate = true;
  static constexpr std::array<std::string_view, 1> tied_weights_keys = {"lm_head.weight"};
  explicit GPT2LMHeadModel(std::shared_ptr<GPT2Config> config);

  std::vector<std::string> input_names() const override;
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;
  nn::LinearImpl* get_output_embeddings() override { return lm_head_.get(); }

 private:
  std::shared_ptr<GPT2Model> transformer_;
  nn::Linear lm_head_;
};

/// A language model with a second head that scores choices. Inputs: those of GPT2Model without an encoder,
/// usually with choices: input_ids [B, N, S]; mc_token_ids [B, N], the token of each choice that is scored
/// (by default the last one); labels, shaped as input_ids; mc_labels [B]. Outputs: loss, mc_loss, logits [B,
/// N, S, V], mc_logits [B, N], and the lists. Makes the config one of a single label, as in the reference.
class GPT2DoubleHeadsModel : public GPT2PreTrainedModel {
 public:
  static constexpr bool can_generate = true;
  static constexpr std::array<std::string_view, 1> tied_weights_keys = {"lm_head.weight"};
  explicit GPT2DoubleHeadsModel(std::shared_ptr<GPT2Config> config);

  std::vector<std::string> input_names() const override;
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;
  nn::LinearImpl* get_output_embeddings() override { return lm_head_.get(); }

 private:
  std::shared_ptr<GPT2Model> transformer_;
  nn::Linear lm_head_;
  GPT2SequenceSummary multiple_choice_head_;
};

}  // namespace modelhost::plugins::gpt2
