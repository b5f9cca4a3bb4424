// Models that score tokens: pretraining, masked and causal language models.
#pragma once

#include <array>

#include "bert_model.h"

namespace modelhost::plugins::bert {

/// Masked language model and next sentence prediction at once. Inputs: those of an encoder, labels [B, S],
/// next_sentence_label [B]. Outputs: loss (when both labels are given), prediction_logits [B, S, V],
/// seq_relationship_logits [B, 2].
class BertForPreTraining : public BertPreTrainedModel {
 public:
  static constexpr std::array<std::string_view, 2> tied_weights_keys = {"predictions.decoder.bias",
                                                                        "cls.predictions.decoder.weight"};
  explicit BertForPreTraining(std::shared_ptr<BertConfig> config);

  std::vector<std::string> input_names() const override;
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;
  nn::LinearImpl* get_output_embeddings() override { return &cls_->predictions().decoder(); }
  void tie_weights() override;

 private:
  std::shared_ptr<BertModel> bert_;
  BertPreTrainingHeads cls_;
};

/// Inputs: those of BertModel, labels [B, S] with -100 at what is not to be predicted. Outputs: loss, logits
/// [B, S, V].
class BertForMaskedLM : public BertPreTrainedModel {
 public:
  static constexpr std::array<std::string_view, 2> tied_weights_keys = {"predictions.decoder.bias",
                                                                        "cls.predictions.decoder.weight"};
  explicit BertForMaskedLM(std::shared_ptr<BertConfig> config);

  std::vector<std::string> input_names() const override;
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;
  nn::LinearImpl* get_output_embeddings() override { return &cls_->predictions().decoder(); }
  void tie_weights() override;

 private:
  std::shared_ptr<BertModel> bert_;
  BertOnlyMLMHead cls_;
};

/// Inputs: those of BertModel, labels [B, S], which are shifted here. Outputs: loss, logits [B, S, V], and
/// cross_attentions.
class BertLMHeadModel : public BertPreTrainedModel {
 public:
  static constexpr bool can_generate = true;
  static constexpr std::array<std::string_view, 2> tied_weights_keys = {"cls.predictions.decoder.bias",
                                                                        "cls.predictions.decoder.weight"};
  explicit BertLMHeadModel(std::shared_ptr<BertConfig> config);

  std::vector<std::string> input_names() const override;
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;
  nn::LinearImpl* get_output_embeddings() override { return &cls_->predictions().decoder(); }
  void tie_weights() override;

 private:
  std::shared_ptr<BertModel> bert_;
  BertOnlyMLMHead cls_;
};

}  // namespace modelhost::plugins::bert
