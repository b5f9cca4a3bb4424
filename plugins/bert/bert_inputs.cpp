#include "bert_inputs.h"

#include "modelhost/model/input_checks.h"

namespace modelhost::plugins::bert {
namespace {

using at::Tensor;

// The input that the sequence comes from, and its shape.
InputShape check_sequence(const NamedTensors& inputs, const BertConfig& config, c10::ScalarType dtype) {
  const Tensor ids = inputs.get("input_ids"), embeds = inputs.get("inputs_embeds");
  if (ids.defined() == embeds.defined()) {
    throw input_error("the model needs exactly one of input_ids and inputs_embeds", "input_ids",
                      "one of the two", ids.defined() ? "both" : "neither");
  }
  if (embeds.defined()) {
    check_states("inputs_embeds", embeds, config.hidden_size, dtype);
    return {embeds.size(0), embeds.size(1)};
  }
  if (ids.dim() != 2) {
    throw input_error("an input has the wrong shape", "input_ids", "[batch, sequence]",
                      "shape " + shape_text_of(ids.sizes()));
  }
  check_ids("input_ids", ids, config.vocab_size);
  return {ids.size(0), ids.size(1)};
}

// Absolute positions may be given by the caller; distances may not.
void check_length(const NamedTensors& inputs, const BertConfig& config, InputShape shape) {
  if (shape.sequence <= config.max_position_embeddings) return;
  if (inputs.contains("position_ids") && !config.has_relative_positions()) return;
  throw input_error("the sequence is longer than the model's positions",
                    inputs.contains("input_ids") ? "input_ids" : "inputs_embeds",
                    "at most max_position_embeddings = " + std::to_string(config.max_position_embeddings),
                    std::to_string(shape.sequence))
      .fix("truncate the text or cut it into pieces");
}

void check_head_mask(const Tensor& mask, const BertConfig& config) {
  const int64_t layers = config.num_hidden_layers, heads = config.num_attention_heads;
  if (mask.dim() == 5 || !config.pruned_heads.empty()) return;  // the caller's business, as in transformers
  if (mask.dim() == 1 && mask.size(0) == heads) return;
  if (mask.dim() == 2 && mask.size(0) == layers && mask.size(1) == heads) return;
  throw input_error("an input has the wrong shape", "head_mask",
                    shape_text_of({heads}) + " or " + shape_text_of({layers, heads}),
                    "shape " + shape_text_of(mask.sizes()));
}

void check_encoder(const NamedTensors& inputs, const BertConfig& config, InputShape shape,
                   c10::ScalarType dtype) {
  const Tensor states = inputs.get("encoder_hidden_states");
  if (!states.defined() || !config.is_decoder) return;  // ignored by an encoder, as in transformers
  check_states("encoder_hidden_states", states, config.hidden_size, dtype);
  if (states.size(0) != shape.batch) {
    throw input_error("an input has the wrong shape", "encoder_hidden_states",
                      "a batch of " + std::to_string(shape.batch), std::to_string(states.size(0)));
  }
  if (const Tensor mask = inputs.get("encoder_attention_mask"); mask.defined()) {
    check_mask("encoder_attention_mask", mask, shape.batch, shape.sequence, states.size(1));
  }
}

}  // namespace

InputShape check_inputs(const NamedTensors& inputs, const BertConfig& config, c10::ScalarType dtype) {
  const InputShape shape = check_sequence(inputs, config, dtype);
  check_length(inputs, config, shape);
  if (const Tensor types = inputs.get("token_type_ids"); types.defined()) {
    check_shape("token_type_ids", types, {shape.batch, shape.sequence});
    check_ids("token_type_ids", types, config.type_vocab_size);
  }
  if (const Tensor positions = inputs.get("position_ids"); positions.defined()) {
    check_shape("position_ids", positions, {shape.batch, shape.sequence});
    if (!config.has_relative_positions())
      check_ids("position_ids", positions, config.max_position_embeddings);
  }
  if (const Tensor mask = inputs.get("attention_mask"); mask.defined()) {
    check_mask("attention_mask", mask, shape.batch, shape.sequence, shape.sequence);
  }
  if (const Tensor mask = inputs.get("head_mask"); mask.defined()) check_head_mask(mask, config);
  check_encoder(inputs, config, shape, dtype);
  return shape;
}

}  // namespace modelhost::plugins::bert
