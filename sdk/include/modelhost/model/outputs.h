// What a backbone computes, before it gets the names of transformers' ModelOutput.
#pragma once

#include "modelhost/model/named_tensors.h"
#include "modelhost/nn/transformer_layer.h"

namespace modelhost {

/// Undefined tensors and empty lists were not asked for or do not exist.
struct BackboneOutput : nn::StackOutput {
  at::Tensor pooler_output;  ///< [B, E]

  BackboneOutput() = default;
  BackboneOutput(nn::StackOutput stack)
      : nn::StackOutput(std::move(stack)) {}  // NOLINT: a stack's output is one

  /// What follows the layers is part of the last hidden state, and of the last entry of `hidden_states`: a
  /// final norm.
  void replace_last(const at::Tensor& hidden_state);

  /// {last_hidden_state, pooler_output, hidden_states, attentions, cross_attentions}: what a backbone
  /// returns.
  NamedTensors named() const;
  /// Appends "hidden_states.0" …, "attentions.0" …, "cross_attentions.0" …, and nothing else.
  void append_lists_to(NamedTensors& outputs) const;
};

/// {loss, logits, lists}: what a head returns. An undefined loss is left out.
NamedTensors head_outputs(const at::Tensor& loss, const at::Tensor& logits, const BackboneOutput& backbone);

}  // namespace modelhost
