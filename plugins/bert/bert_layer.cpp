#include "bert_layer.h"

#include <ATen/ops/cat.h>

#include "modelhost/base/error_codes.h"

namespace modelhost::plugins::bert {

BertIntermediateImpl::BertIntermediateImpl(const BertConfig& config)
    : dense_(register_module("dense", nn::Linear(config.hidden_size, config.intermediate_size))),
      activation_(nn::activation(config.hidden_act)) {}

BertLayerImpl::BertLayerImpl(const BertConfig& config)
    : chunk_size_(config.chunk_size_feed_forward),
      attention_(register_module("attention", BertAttention(config, config.has_relative_positions()))) {
  if (config.add_cross_attention) {
    crossattention_ = register_module("crossattention", BertAttention(config, false));
  }
  intermediate_ = register_module("intermediate", BertIntermediate(config));
  output_ = register_module("output", BertResidualOutput(config.intermediate_size, config));
}

LayerOutput BertLayerImpl::forward(const Tensor& hidden_states, const LayerInputs& inputs) {
  const auto outputs =
      checkpointed({hidden_states, inputs.head_mask, inputs.encoder_states},
                   [this, inputs](const TensorList& x) -> TensorList {
                     LayerInputs own = inputs;
                     own.head_mask = x[1];
                     own.encoder_states = x[2];
                     const LayerOutput output = compute(x[0], own);
                     return {output.hidden_states, output.attentions, output.cross_attentions};
                   });
  return {outputs[0], outputs[1], outputs[2]};
}

LayerOutput BertLayerImpl::compute(const Tensor& hidden_states, const LayerInputs& inputs) {
  const AttentionOutput attended = attention_(
      hidden_states,
      AttentionInputs{inputs.mask, inputs.head_mask, {}, inputs.output_attentions, inputs.uses_cache});
  LayerOutput output{attended.context, attended.probabilities, {}};
  if (inputs.encoder_states.defined()) {
    const AttentionOutput crossed = attend_to_encoder(output.hidden_states, inputs);
    output.hidden_states = crossed.context;
    output.cross_attentions = crossed.probabilities;
  }
  output.hidden_states =
      chunk_size_ > 0 ? feed_forward_in_chunks(output.hidden_states) : feed_forward(output.hidden_states);
  return output;
}

AttentionOutput BertLayerImpl::attend_to_encoder(const Tensor& hidden_states, const LayerInputs& inputs) {
  if (!crossattention_) {
    throw Error(codes::kModelInput, "this decoder has no cross attention and cannot use encoder states")
        .key("encoder_hidden_states")
        .fix("leave it out, or use a model whose config says add_cross_attention");
  }
  return crossattention_(hidden_states,
                         AttentionInputs{inputs.encoder_mask, inputs.head_mask, inputs.encoder_states,
                                         inputs.output_attentions, inputs.uses_cache});
}

Tensor BertLayerImpl::feed_forward(const Tensor& hidden_states) {
  return output_(intermediate_(hidden_states), hidden_states);
}

// The same result with less memory: the [B, S, F] tensor exists only for a part of the sequence at a time.
Tensor BertLayerImpl::feed_forward_in_chunks(const Tensor& hidden_states) {
  const int64_t length = hidden_states.size(1);
  if (length % chunk_size_ != 0) {
    throw Error(codes::kModelInput, "the sequence cannot be cut into the chunks that the config asks for")
        .key("chunk_size_feed_forward")
        .expected("a sequence length that is a multiple of " + std::to_string(chunk_size_))
        .got(std::to_string(length));
  }
  std::vector<Tensor> chunks;
  for (const Tensor& chunk : hidden_states.split(chunk_size_, 1)) chunks.push_back(feed_forward(chunk));
  return at::cat(chunks, 1);
}

}  // namespace modelhost::plugins::bert
