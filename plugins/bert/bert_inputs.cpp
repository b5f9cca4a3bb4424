#include "bert_inputs.h"

#include <ATen/ops/aminmax.h>

#include <sstream>

#include "modelhost/base/error_codes.h"

namespace modelhost::plugins::bert {
namespace {

using at::Tensor;

std::string shape_text(at::IntArrayRef shape) {
  std::ostringstream text;
  text << shape;
  return text.str();
}

Error input_error(std::string message, std::string_view name, std::string expected, std::string got) {
  return Error(codes::kModelInput, std::move(message))
      .key(std::string(name))
      .expected(std::move(expected))
      .got(std::move(got));
}

// Whether `got` equals `wanted`, or is 1 where it may be repeated (all dimensions but the last).
bool repeats_to(at::IntArrayRef got, at::IntArrayRef wanted) {
  if (got.size() != wanted.size() || got.back() != wanted.back()) return false;
  for (std::size_t i = 0; i + 1 < got.size(); ++i) {
    if (got[i] != wanted[i] && got[i] != 1) return false;
  }
  return true;
}

void check_shape(std::string_view name, const Tensor& tensor, at::IntArrayRef wanted) {
  if (repeats_to(tensor.sizes(), wanted)) return;
  throw input_error("an input has the wrong shape", name, "shape " + shape_text(wanted),
                    "shape " + shape_text(tensor.sizes()));
}

void check_ids(std::string_view name, const Tensor& ids, int64_t rows) {
  if (ids.scalar_type() != at::kLong && ids.scalar_type() != at::kInt) {
    throw input_error("ids must be integers", name, "int64 or int32", c10::toString(ids.scalar_type()));
  }
  if (ids.numel() == 0) return;
  const auto [low, high] = at::aminmax(ids);
  if (low.item<int64_t>() >= 0 && high.item<int64_t>() < rows) return;
  throw input_error(
      "an id is outside its table", name, "ids from 0 to " + std::to_string(rows - 1),
      "ids from " + std::to_string(low.item<int64_t>()) + " to " + std::to_string(high.item<int64_t>()));
}

void check_states(std::string_view name, const Tensor& states, int64_t width, c10::ScalarType dtype) {
  if (states.dim() != 3 || states.size(2) != width) {
    throw input_error("an input has the wrong shape", name,
                      "[batch, sequence, " + std::to_string(width) + "]",
                      "shape " + shape_text(states.sizes()));
  }
  if (states.scalar_type() == dtype) return;
  throw input_error("an input has another dtype than the model", name, c10::toString(dtype),
                    c10::toString(states.scalar_type()));
}

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
                      "shape " + shape_text(ids.sizes()));
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

void check_mask(std::string_view name, const Tensor& mask, int64_t batch, int64_t queries, int64_t keys) {
  if (mask.dim() == 2) return check_shape(name, mask, {batch, keys});
  if (mask.dim() == 3) return check_shape(name, mask, {batch, queries, keys});
  throw input_error("a mask has the wrong number of dimensions", name,
                    "[batch, keys] or [batch, queries, keys]", "shape " + shape_text(mask.sizes()));
}

void check_head_mask(const Tensor& mask, const BertConfig& config) {
  const int64_t layers = config.num_hidden_layers, heads = config.num_attention_heads;
  if (mask.dim() == 5 || !config.pruned_heads.empty()) return;  // the caller's business, as in transformers
  if (mask.dim() == 1 && mask.size(0) == heads) return;
  if (mask.dim() == 2 && mask.size(0) == layers && mask.size(1) == heads) return;
  throw input_error("an input has the wrong shape", "head_mask",
                    shape_text({heads}) + " or " + shape_text({layers, heads}),
                    "shape " + shape_text(mask.sizes()));
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
