// One vector, or one score, for a sequence.
#pragma once

#include "gpt2_config.h"
#include "modelhost/nn/activation.h"
#include "modelhost/nn/dropout.h"
#include "modelhost/nn/linear.h"

namespace modelhost::plugins::gpt2 {

using at::Tensor;

/// GPT2SequenceSummary, directed by the `summary_…` keys of the config.
class GPT2SequenceSummaryImpl : public nn::Module {
 public:
  /// Errors: kConfigChoice for summary_type "attn", which the reference never wrote, and for an unknown
  /// summary_activation.
  explicit GPT2SequenceSummaryImpl(const GPT2Config& config);

  /// hidden_states [B, N, S, E] or [B, S, E]; cls_index [B, N] or [B], the token to take of each sequence, or
  /// undefined: the last one. Used by "cls_index" only -> [B, N, C] or [B, C].
  ///
  /// The other types take the second dimension for the sequence, as the reference does: of inputs with
  /// choices "last" is the last choice, and "mean" the mean of the choices -> [B, S, C].
  Tensor forward(const Tensor& hidden_states, const Tensor& cls_index);

 private:
  Tensor summarize(const Tensor& hidden_states, const Tensor& cls_index) const;

  std::string type_;
  nn::Linear summary_{nullptr};  ///< with summary_use_proj: to the labels, or to E
  nn::Activation activation_ = nullptr;
  nn::Dropout first_dropout_, last_dropout_;
};
MODELHOST_MODULE(GPT2SequenceSummary);

}  // namespace modelhost::plugins::gpt2
