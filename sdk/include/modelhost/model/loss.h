// The losses of transformers' task heads.
//
// Legend: B batch, S sequence, C classes, V vocabulary. Labels of classes are int64 or int32; -100 is ignored
// (the mean is taken over the rest; over nothing it is NaN, as in PyTorch). All results are scalars. Without
// labels (an undefined tensor) the losses of heads are undefined. Errors of all functions: kModelInput when
// labels have the wrong shape, dtype or a class that does not exist.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "modelhost/model/named_tensors.h"

namespace modelhost {

inline constexpr int64_t kIgnoredLabel = -100;

/// logits [..., C], labels [...] -> mean cross entropy (torch.nn.CrossEntropyLoss).
at::Tensor mean_cross_entropy(const at::Tensor& logits, const at::Tensor& labels,
                              int64_t ignored_label = kIgnoredLabel);

/// The `problem_type` that transformers infers when config.json names none: "regression" for one label,
/// "single_label_classification" for integer labels, else "multi_label_classification".
std::string infer_problem_type(int64_t num_labels, const at::Tensor& labels);

/// logits [B, C]; labels [B] (classes, or numbers to regress to when C = 1) or [B, C] (one number or one
/// yes/no a label). Mean squared error, cross entropy or binary cross entropy, by problem type. transformers
/// writes an inferred type into the config at the first call and keeps it; here every call infers anew.
at::Tensor sequence_classification_loss(const at::Tensor& logits, const at::Tensor& labels,
                                        const std::optional<std::string>& problem_type);

/// logits [B, S, C], labels [B, S].
at::Tensor token_classification_loss(const at::Tensor& logits, const at::Tensor& labels);

/// logits [B, S, V], labels [B, S]: -100 everywhere but at the masked tokens.
at::Tensor masked_lm_loss(const at::Tensor& logits, const at::Tensor& labels);

/// logits [B, S, V], labels [B, S], not shifted: position s predicts the label of s + 1. Computed in float32
/// (ForCausalLMLoss).
at::Tensor causal_lm_loss(const at::Tensor& logits, const at::Tensor& labels);

/// start_logits and end_logits [B, S], positions [B] or [B, 1]: the mean of both cross entropies. Positions
/// are clamped to [0, S], and S, a place outside the input, is ignored.
at::Tensor question_answering_loss(const at::Tensor& start_logits, const at::Tensor& end_logits,
                                   const at::Tensor& start_positions, const at::Tensor& end_positions);

/// logits [B, S, 2] of a question answering head -> {loss, start_logits [B, S], end_logits [B, S]}; the loss
/// where `inputs` has start_positions and end_positions.
NamedTensors question_answering_outputs(const at::Tensor& logits, const NamedTensors& inputs);

/// logits [B, 2], labels [B]: 0 = the second sentence follows the first, 1 = it is a random one.
at::Tensor next_sentence_loss(const at::Tensor& logits, const at::Tensor& labels);

}  // namespace modelhost
