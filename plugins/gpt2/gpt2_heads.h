// What stands on top of the decoder.
#pragma once

#include "gpt2_model.h"
#include "modelhost/model/heads.h"

namespace modelhost::plugins::gpt2 {

inline constexpr std::string_view kTied[] = {"lm_head.weight"};
inline constexpr LanguageModelOptions kLanguageModel{.tied_weights_keys = kTied};
inline constexpr HeadOptions kSequence{.pooling = Pooling::kLastToken, .projection = "score", .bias = false};
inline constexpr HeadOptions kToken{.dropout = {"classifier_dropout", "hidden_dropout"},
                                    .default_dropout = 0.1};

using GPT2LMHeadModel = ForLanguageModeling<GPT2Model, nn::Linear, kLanguageModel>;
using GPT2ForSequenceClassification = ForSequenceClassification<GPT2Model, kSequence>;
using GPT2ForTokenClassification = ForTokenClassification<GPT2Model, kToken>;
using GPT2ForQuestionAnswering = ForQuestionAnswering<GPT2Model>;

/// GPT2SequenceSummary: one vector, or one score, for a sequence, as the `summary_…` keys of the config say.
class GPT2SequenceSummaryImpl : public nn::Module {
 public:
  /// Errors: kConfigChoice for summary_type "attn", which the reference never wrote, and for an unknown
  /// summary_activation.
  explicit GPT2SequenceSummaryImpl(const GPT2Config& config);

  /// x [B, N, S, E] or [B, S, E]; cls_index [B, N] or [B], the token to take of each sequence, or undefined:
  /// the last one. Used by "cls_index" only -> [B, N, C] or [B, C].
  ///
  /// The other types take the second dimension for the sequence, as the reference does: of inputs with
  /// choices "last" is the last choice, and "mean" the mean of the choices -> [B, S, C].
  Tensor forward(const Tensor& x, const Tensor& cls_index);

 private:
  Tensor summarize(const Tensor& x, const Tensor& cls_index) const;

  std::string type_;
  nn::Linear summary_{nullptr};  ///< with summary_use_proj: to the labels, or to E
  nn::Activation activation_ = nullptr;
  nn::Dropout first_dropout_, last_dropout_;
};
MODELHOST_MODULE(GPT2SequenceSummary);

/// A language model with a second head that scores choices. mc_token_ids [B, N], the token of each choice
/// that is scored (by default the last one); labels, shaped as input_ids; mc_labels [B] -> loss, mc_loss,
/// logits [B, N, S, V], mc_logits [B, N]. Makes the config one of a single label, as in the reference.
class GPT2DoubleHeadsModel : public WithBackbone<GPT2Model> {
 public:
  static constexpr bool can_generate = true;
  static constexpr auto tied_weights_keys = std::to_array(kTied);
  explicit GPT2DoubleHeadsModel(std::shared_ptr<GPT2Config> config);

  std::vector<std::string> input_names() const override {
    return names_with({"mc_token_ids", "labels", "mc_labels"});
  }
  NamedTensors forward(const NamedTensors& inputs, const ForwardOptions& options) override;
  nn::LinearImpl* get_output_embeddings() override { return lm_head_.get(); }

 private:
  nn::Linear lm_head_;
  GPT2SequenceSummary multiple_choice_head_;
};

}  // namespace modelhost::plugins::gpt2
