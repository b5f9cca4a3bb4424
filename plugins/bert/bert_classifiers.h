// Models that classify texts, tokens, pairs, choices or spans.
//
// All take the encoder's inputs (input_ids, attention_mask, token_type_ids, position_ids, head_mask,
// inputs_embeds) and return, beside what is listed here, hidden_states and attentions on request.
#pragma once

#include <initializer_list>

#include "bert_model.h"

namespace modelhost::plugins::bert {

/// The inputs that all classifiers have in common, and then `more`.
std::vector<std::string> classifier_input_names(std::initializer_list<const char*> more);

/// labels (or next_sentence_label, its old name) [B] -> loss, logits [B, 2].
class BertForNextSentencePrediction : public BertPreTrainedModel {
 public:
  explicit BertForNextSentencePrediction(std::shared_ptr<BertConfig> config);
  std::vector<std::string> input_names() const override;
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;

 private:
  std::shared_ptr<BertModel> bert_;
  BertOnlyNSPHead cls_;
};

/// labels [B] or [B, C], by problem type -> loss, logits [B, C].
class BertForSequenceClassification : public BertPreTrainedModel {
 public:
  explicit BertForSequenceClassification(std::shared_ptr<BertConfig> config);
  std::vector<std::string> input_names() const override;
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;

 private:
  std::shared_ptr<BertModel> bert_;
  nn::Dropout dropout_;
  nn::Linear classifier_;
};

/// Inputs have one more dimension, the choices: input_ids [B, N, S]. labels [B] -> loss, logits [B, N].
class BertForMultipleChoice : public BertPreTrainedModel {
 public:
  explicit BertForMultipleChoice(std::shared_ptr<BertConfig> config);
  std::vector<std::string> input_names() const override;
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;

 private:
  std::shared_ptr<BertModel> bert_;
  nn::Dropout dropout_;
  nn::Linear classifier_;
};

/// labels [B, S] -> loss, logits [B, S, C].
class BertForTokenClassification : public BertPreTrainedModel {
 public:
  explicit BertForTokenClassification(std::shared_ptr<BertConfig> config);
  std::vector<std::string> input_names() const override;
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;

 private:
  std::shared_ptr<BertModel> bert_;
  nn::Dropout dropout_;
  nn::Linear classifier_;
};

/// start_positions and end_positions [B] -> loss, start_logits [B, S], end_logits [B, S].
class BertForQuestionAnswering : public BertPreTrainedModel {
 public:
  /// Errors: kConfigInconsistent unless the config has two labels, a start and an end.
  explicit BertForQuestionAnswering(std::shared_ptr<BertConfig> config);
  std::vector<std::string> input_names() const override;
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;

 private:
  std::shared_ptr<BertModel> bert_;
  nn::Linear qa_outputs_;
};

}  // namespace modelhost::plugins::bert
