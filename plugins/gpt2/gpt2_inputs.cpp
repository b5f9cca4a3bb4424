#include "gpt2_inputs.h"

#include "modelhost/model/input_checks.h"

namespace modelhost::plugins::gpt2 {
namespace {

using at::Tensor;

// The input that the sequence comes from, and its shape.
InputShape check_sequence(const NamedTensors& inputs, const GPT2Config& config, c10::ScalarType dtype) {
  const Tensor ids = inputs.get("input_ids"), embeds = inputs.get("inputs_embeds");
  if (ids.defined() == embeds.defined()) {
    throw input_error("the model needs exactly one of input_ids and inputs_embeds", "input_ids",
                      "one of the two", ids.defined() ? "both" : "neither");
  }
  if (embeds.defined()) {
    check_states("inputs_embeds", embeds, config.n_embd, dtype);
    return {embeds.size(0), embeds.size(1), {embeds.size(0), embeds.size(1)}};
  }
  if (ids.dim() != 2 && ids.dim() != 3) {
    throw input_error("an input has the wrong shape", "input_ids",
                      "[batch, sequence] or [batch, choices, sequence]",
                      "shape " + shape_text_of(ids.sizes()));
  }
  check_ids("input_ids", ids, config.vocab_size);
  return {ids.dim() == 3 ? ids.size(0) * ids.size(1) : ids.size(0), ids.size(-1), ids.sizes().vec()};
}

void check_sizes(const NamedTensors& inputs, const GPT2Config& config, const InputShape& shape) {
  const char* name = inputs.contains("input_ids") ? "input_ids" : "inputs_embeds";
  if (shape.batch == 0 || shape.sequence == 0) {
    throw input_error("there is nothing to run on", name, "at least one token",
                      "shape " + shape_text_of(shape.dimensions));
  }
  if (shape.sequence <= config.n_positions || inputs.contains("position_ids")) return;
  throw input_error("the sequence is longer than the model's positions", name,
                    "at most n_positions = " + std::to_string(config.n_positions),
                    std::to_string(shape.sequence))
      .fix("truncate the text or cut it into pieces");
}

// Ids of the whole batch, or one row for all; as [B, S] or with the dimensions of input_ids.
void check_table_ids(const NamedTensors& inputs, const char* name, const InputShape& shape, int64_t rows) {
  const Tensor ids = inputs.get(name);
  if (!ids.defined()) return;
  if (ids.sizes() != at::IntArrayRef(shape.dimensions)) check_shape(name, ids, {shape.batch, shape.sequence});
  check_ids(name, ids, rows);
}

void check_attention_mask(const Tensor& mask, const InputShape& shape, c10::ScalarType dtype) {
  if (!mask.defined() || mask.sizes() == at::IntArrayRef(shape.dimensions)) return;
  if (mask.dim() == 2 && mask.size(0) == shape.batch && mask.size(1) == shape.sequence) return;
  if (mask.dim() != 4) {
    // Not one row for all: the reference would take it apart and spread it over the batch.
    throw input_error("an input has the wrong shape", "attention_mask",
                      "shape " + shape_text_of(shape.dimensions) + ", or a mask of four dimensions",
                      "shape " + shape_text_of(mask.sizes()));
  }
  const bool heads_fit = mask.size(0) == 1 || mask.size(0) == shape.batch;
  if (!heads_fit || mask.size(2) != shape.sequence || mask.size(3) != shape.sequence) {
    throw input_error("an input has the wrong shape", "attention_mask",
                      shape_text_of({shape.batch, 1, shape.sequence, shape.sequence}),
                      "shape " + shape_text_of(mask.sizes()));
  }
  if (mask.scalar_type() == dtype || mask.scalar_type() == at::kBool) return;
  throw input_error("a mask of four dimensions has the wrong dtype", "attention_mask",
                    std::string(c10::toString(dtype)) + " (added to scores) or Bool (true = look)",
                    c10::toString(mask.scalar_type()));
}

void check_head_mask(const Tensor& mask, const GPT2Config& config) {
  if (!mask.defined()) return;
  if (mask.dim() == 5 || !config.pruned_heads.empty()) return;  // the caller's business, as in transformers
  if (mask.dim() == 1 && mask.size(0) == config.n_head) return;
  if (mask.dim() == 2 && mask.size(0) == config.n_layer && mask.size(1) == config.n_head) return;
  throw input_error("an input has the wrong shape", "head_mask",
                    shape_text_of({config.n_head}) + " or " + shape_text_of({config.n_layer, config.n_head}),
                    "shape " + shape_text_of(mask.sizes()));
}

void check_encoder(const NamedTensors& inputs, const GPT2Config& config, const InputShape& shape,
                   c10::ScalarType dtype) {
  const Tensor states = inputs.get("encoder_hidden_states");
  if (!states.defined()) return;
  if (!config.add_cross_attention) {
    throw input_error("this model has no cross attention and cannot use encoder states",
                      "encoder_hidden_states", "no encoder states", "shape " + shape_text_of(states.sizes()))
        .fix("leave them out, or use a model whose config says add_cross_attention");
  }
  check_states("encoder_hidden_states", states, config.n_embd, dtype);
  if (states.size(0) != shape.batch) {
    throw input_error("an input has the wrong shape", "encoder_hidden_states",
                      "a batch of " + std::to_string(shape.batch), std::to_string(states.size(0)));
  }
  if (const Tensor mask = inputs.get("encoder_attention_mask"); mask.defined()) {
    check_mask("encoder_attention_mask", mask, shape.batch, shape.sequence, states.size(1));
  }
}

}  // namespace

InputShape check_inputs(const NamedTensors& inputs, const GPT2Config& config, c10::ScalarType dtype) {
  const InputShape shape = check_sequence(inputs, config, dtype);
  check_sizes(inputs, config, shape);
  check_table_ids(inputs, "token_type_ids", shape, config.vocab_size);
  check_table_ids(inputs, "position_ids", shape, config.n_positions);
  check_attention_mask(inputs.get("attention_mask"), shape, dtype);
  check_head_mask(inputs.get("head_mask"), config);
  check_encoder(inputs, config, shape, dtype);
  return shape;
}

}  // namespace modelhost::plugins::gpt2
