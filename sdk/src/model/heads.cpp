#include "modelhost/model/heads.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include <limits>
#include <optional>

#include "modelhost/base/error_codes.h"
#include "modelhost/model/input_checks.h"

namespace modelhost::heads {
namespace {

using at::Tensor;

// The value of a key, or of the field that it is another name of; null where there is none.
Json config_value(const PretrainedConfig& config, std::string_view name) {
  std::string key(name);
  for (const auto& [alias, field] : config.attribute_map()) {
    if (alias == key) key = field;
  }
  const Json values = config.to_dict();
  const auto found = values.find(key);
  return found == values.end() ? Json() : *found;
}

double dropout_of(const PretrainedConfig& config, const HeadOptions& options) {
  for (const std::string_view name : options.dropout) {
    if (name.empty()) continue;
    if (const Json value = config_value(config, name); value.is_number()) return value.get<double>();
  }
  return options.default_dropout;
}

}  // namespace

int64_t config_integer(const PretrainedConfig& config, std::string_view name) {
  const Json value = config_value(config, name);
  if (value.is_number_integer()) return value.get<int64_t>();
  throw Error(codes::kConfigInconsistent, "the config does not say what a head is built with")
      .key(std::string(name))
      .expected("a field of that name, or another name for one in attribute_map()")
      .got(describe_json(value));
}

Sizes sizes_of(const PretrainedConfig& config, const HeadOptions& options) {
  return {config_integer(config, "hidden_size"), config.num_labels(), dropout_of(config, options)};
}

void require_two_labels(const PretrainedConfig& config) {
  if (config.num_labels() == 2) return;
  throw Error(codes::kConfigInconsistent, "a question answering model has two labels, start and end")
      .key("id2label")
      .expected("2 labels")
      .got(std::to_string(config.num_labels()));
}

void check_last_token(const NamedTensors& inputs, const PretrainedConfig& config) {
  const Tensor ids = inputs.get("input_ids"), embeds = inputs.get("inputs_embeds");
  if (ids.defined() && ids.dim() != 2) {
    throw input_error("an input has the wrong shape", "input_ids", "[batch, sequence]",
                      "shape " + shape_text_of(ids.sizes()));
  }
  const Tensor& source = ids.defined() ? ids : embeds;
  if (config.pad_token_id || !source.defined() || source.dim() == 0 || source.size(0) == 1) return;
  throw input_error("without a padding token the last token is known of a single row only",
                    ids.defined() ? "input_ids" : "inputs_embeds", "a batch of 1",
                    std::to_string(source.size(0)))
      .fix("set pad_token_id in config.json");
}

Tensor last_token(const Tensor& scores, const Tensor& input_ids, std::optional<int64_t> pad_token_id) {
  if (!pad_token_id || !input_ids.defined()) return scores.select(1, -1);
  const Tensor is_text = input_ids.ne(*pad_token_id).to(at::kInt);
  const Tensor positions = at::arange(input_ids.size(1), is_text.options());
  const Tensor last = (positions * is_text).argmax(-1);  // [B]
  return scores.index({at::arange(scores.size(0), last.options()), last});
}

NamedTensors flatten_choices(const NamedTensors& inputs, int64_t& choices) {
  NamedTensors flat;
  for (const auto& [name, tensor] : inputs) {
    if (name == "head_mask" || name == "labels") {
      flat.set(name, tensor);
      continue;
    }
    const int64_t dimensions = name == "inputs_embeds" ? 4 : 3;
    if (tensor.dim() != dimensions) {
      throw input_error("an input of a multiple choice model lacks the dimension of the choices", name,
                        dimensions == 4 ? "[batch, choices, sequence, hidden]" : "[batch, choices, sequence]",
                        std::to_string(tensor.dim()) + " dimensions");
    }
    if (name == "input_ids" || name == "inputs_embeds") choices = tensor.size(1);
    flat.set(name, tensor.flatten(0, 1));
  }
  return flat;
}

Tensor positions_to_keep(const Tensor& hidden_states, const Tensor& logits_to_keep) {
  if (!logits_to_keep.defined()) return hidden_states;
  const int64_t length = hidden_states.size(1);  // of inputs with choices, as transformers does, their number
  if (logits_to_keep.dim() > 1) {
    throw input_error("an input has the wrong shape", "logits_to_keep", "a number or a list of positions",
                      "shape " + shape_text_of(logits_to_keep.sizes()));
  }
  if (logits_to_keep.dim() == 1) {
    check_ids("logits_to_keep", logits_to_keep, length);
    return hidden_states.index_select(1, logits_to_keep);
  }
  check_ids("logits_to_keep", logits_to_keep, std::numeric_limits<int64_t>::max());
  const int64_t count = logits_to_keep.item<int64_t>();
  return count == 0 || count >= length ? hidden_states : hidden_states.slice(1, length - count);
}

Tensor language_model_loss(const Tensor& logits, const Tensor& labels, bool causal) {
  if (!labels.defined()) return {};
  if (!causal) return masked_lm_loss(logits, labels);
  return causal_lm_loss(logits.flatten(0, -3), labels.dim() > 2 ? labels.flatten(0, -2) : labels);
}

}  // namespace modelhost::heads
