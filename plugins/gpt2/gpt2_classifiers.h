// Models that classify texts, tokens or spans.
//
// All take the decoder's inputs (input_ids, attention_mask, token_type_ids, position_ids, head_mask,
// inputs_embeds) and return, beside what is listed here, hidden_states and attentions on request.
#pragma once

#include "gpt2_model.h"

namespace modelhost::plugins::gpt2 {

/// labels [B] or [B, C], by problem type -> loss, logits [B, C]: those of the last token of each row that is
/// not `pad_token_id`. Embeddings do not tell padding: their last position counts.
/// Errors: kModelInput for several rows when the config has no `pad_token_id`.
class GPT2ForSequenceClassification : public GPT2PreTrainedModel {
 public:
  explicit GPT2ForSequenceClassification(std::shared_ptr<GPT2Config> config);
  std::vector<std::string> input_names() const override;
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;

 private:
  std::shared_ptr<GPT2Model> transformer_;
  nn::Linear score_;
};

/// labels, shaped as input_ids -> loss, logits [B, S, C].
class GPT2ForTokenClassification : public GPT2PreTrainedModel {
 public:
  explicit GPT2ForTokenClassification(std::shared_ptr<GPT2Config> config);
  std::vector<std::string> input_names() const override;
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;

 private:
  std::shared_ptr<GPT2Model> transformer_;
  nn::Dropout dropout_;
  nn::Linear classifier_;
};

/// start_positions and end_positions [B] -> loss, start_logits [B, S], end_logits [B, S].
class GPT2ForQuestionAnswering : public GPT2PreTrainedModel {
 public:
  explicit GPT2ForQuestionAnswering(std::shared_ptr<GPT2Config> config);
  std::vector<std::string> input_names() const override;
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;

 private:
  std::shared_ptr<GPT2Model> transformer_;
  nn::Linear qa_outputs_;
};

}  // namespace modelhost::plugins::gpt2
