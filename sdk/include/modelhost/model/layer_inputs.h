// From what a caller passes to what the layers get.
#pragma once

#include "modelhost/model/inputs.h"
#include "modelhost/model/masking.h"
#include "modelhost/model/pretrained_model.h"
#include "modelhost/nn/transformer_layer.h"

namespace modelhost {

/// What a class of transformers does when fused attention meets a head mask or a wish for attentions.
enum class FusedFallback {
  kEager,  ///< that forward runs eager (BERT, RoBERTa, DistilBERT)
  kNone,   ///< fused attention goes on: it ignores a head mask, which is logged (GPT-2, the Llama family)
};

/// One forward, checked: sizes, what all layers get (masks are the model's to make), what masks are made
/// from.
struct ForwardPlan {
  InputShape shape;
  nn::LayerInputs layers;
  MaskSource masks;
  bool output_hidden_states = false;
};

/// What an architecture says about its forward, beside its inputs.
struct ForwardRules {
  FusedFallback fallback = FusedFallback::kNone;
  bool can_fuse = true;     ///< false where scores get what the fused kernel does not know
  bool keeps_cache = true;  ///< false for encoders: a cache that a caller passes is not looked at
  bool use_cache = true;    ///< the config's `use_cache`
};

/// Checks the inputs against the table and decides, once for model and layers, which attention runs: eager or
/// fused, as config and rules say. Takes over head mask, encoder states and cache. Errors: kModelInput;
/// kModelOption for a cache in a model that is trained with gradient checkpointing.
ForwardPlan plan_forward(const PreTrainedModel& model, const InputTable& table, const NamedTensors& inputs,
                         const ForwardOptions& options, const ForwardRules& rules = {});

}  // namespace modelhost
