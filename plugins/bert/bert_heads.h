// What stands on top of the encoder.
#pragma once

#include "bert_model.h"
#include "modelhost/model/heads.h"

namespace modelhost::plugins::bert {

/// Scores of all tokens of the vocabulary. `decoder.bias` is `bias`, under both names in checkpoints.
class BertLMPredictionHeadImpl : public nn::Module {
 public:
  explicit BertLMPredictionHeadImpl(const BertConfig& config);

  /// [B, S, E] -> [B, S, V]
  Tensor forward(const Tensor& x) { return decoder_(layer_norm_(activation_(dense_(x)))); }
  nn::LinearImpl& decoder() { return *decoder_; }
  void tie_own_weights() override { decoder_->tie_bias(bias_); }

 private:
  Tensor bias_;  ///< [V]
  nn::Linear dense_;
  nn::LayerNorm layer_norm_;
  nn::Activation activation_;
  nn::Linear decoder_;
};
MODELHOST_MODULE(BertLMPredictionHead);

inline constexpr std::string_view kMaskedTied[] = {"predictions.decoder.bias",
                                                   "cls.predictions.decoder.weight"};
inline constexpr std::string_view kCausalTied[] = {"cls.predictions.decoder.bias",
                                                   "cls.predictions.decoder.weight"};
inline constexpr LanguageModelOptions kMasked{
    .module = "cls.predictions", .causal = false, .logits_to_keep = false, .tied_weights_keys = kMaskedTied};
inline constexpr LanguageModelOptions kCausal{.module = "cls.predictions",
                                              .logits_to_keep = false,
                                              .labels_forbid_cache = true,
                                              .tied_weights_keys = kCausalTied};
inline constexpr HeadOptions kClassifier{.dropout = {"classifier_dropout", "hidden_dropout_prob"}};

using BertForMaskedLM = ForLanguageModeling<BertModel, BertLMPredictionHead, kMasked>;
using BertLMHeadModel = ForLanguageModeling<BertModel, BertLMPredictionHead, kCausal>;
using BertForSequenceClassification = ForSequenceClassification<BertModel, kClassifier>;
using BertForTokenClassification = ForTokenClassification<BertModel, kClassifier>;
using BertForMultipleChoice = ForMultipleChoice<BertModel, kClassifier>;
using BertForQuestionAnswering = ForQuestionAnswering<BertModel>;

/// labels (or next_sentence_label, its old name) [B] -> loss, logits [B, 2].
class BertForNextSentencePrediction : public WithBackbone<BertModel> {
 public:
  explicit BertForNextSentencePrediction(std::shared_ptr<BertConfig> config);
  std::vector<std::string> input_names() const override {
    return names_with({"labels", "next_sentence_label"});
  }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;

 private:
  nn::Linear seq_relationship_;
};

/// labels [B, S], next_sentence_label [B] -> loss (when both are given), prediction_logits [B, S, V],
/// seq_relationship_logits [B, 2].
class BertForPreTraining : public WithBackbone<BertModel> {
 public:
  static constexpr auto tied_weights_keys = std::to_array(kMaskedTied);
  explicit BertForPreTraining(std::shared_ptr<BertConfig> config);
  std::vector<std::string> input_names() const override {
    return names_with({"labels", "next_sentence_label"});
  }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;
  nn::LinearImpl* get_output_embeddings() override { return &predictions_->decoder(); }

 private:
  BertLMPredictionHead predictions_;
  nn::Linear seq_relationship_;
};

}  // namespace modelhost::plugins::bert
