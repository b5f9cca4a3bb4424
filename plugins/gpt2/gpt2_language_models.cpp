#include "gpt2_language_models.h"

#include <limits>

#include "modelhost/model/input_checks.h"
#include "modelhost/model/loss.h"

namespace modelhost::plugins::gpt2 {
namespace {

nn::Linear make_lm_head(const GPT2Config& config) {
  return nn::Linear(config.n_embd, config.vocab_size, /*with_bias=*/false);
}

// The positions of hidden states [B, S, E] or [B, N, S, E] that are scored. With choices the reference cuts
// the dimension of the choices.
Tensor positions_to_keep(const Tensor& hidden_states, const Tensor& logits_to_keep) {
  if (!logits_to_keep.defined()) return hidden_states;
  const int64_t length = hidden_states.size(1);
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

// logits [..., S, V], labels [..., S]
Tensor next_token_loss(const Tensor& logits, const Tensor& labels) {
  return causal_lm_loss(logits.flatten(0, -3), labels.dim() > 2 ? labels.flatten(0, -2) : labels);
}

// As above, but in the dtype of the logits: the double heads model shifts for itself.
Tensor plain_next_token_loss(const Tensor& logits, const Tensor& labels) {
  const auto wanted = logits.sizes().slice(0, static_cast<std::size_t>(logits.dim() - 1));
  check_shape("labels", labels, wanted);
  return mean_cross_entropy(logits.slice(-2, 0, -1), labels.expand(wanted).slice(-1, 1));
}

Tensor choice_loss(const Tensor& mc_logits, const Tensor& mc_labels) {
  try {
    return mean_cross_entropy(mc_logits, mc_labels);
  } catch (const Error& error) {
    throw Error(error).key("mc_labels");
  }
}

void check_mc_token_ids(const Tensor& ids, const Tensor& hidden_states) {
  if (!ids.defined()) return;
  const auto wanted = hidden_states.sizes().slice(0, static_cast<std::size_t>(hidden_states.dim() - 2));
  if (ids.sizes() != wanted) {
    throw input_error("an input has the wrong shape", "mc_token_ids", "shape " + shape_text_of(wanted),
                      "shape " + shape_text_of(ids.sizes()));
  }
  check_ids("mc_token_ids", ids, hidden_states.size(-2));
}

std::shared_ptr<GPT2Config> with_one_label(std::shared_ptr<GPT2Config> config) {
  config->set_num_labels(1);
  return config;
}

}  // namespace

GPT2LMHeadModel::GPT2LMHeadModel(std::shared_ptr<GPT2Config> config)
    : GPT2PreTrainedModel(config),
      transformer_(register_module("transformer", std::make_shared<GPT2Model>(config))),
      lm_head_(register_module("lm_head", make_lm_head(*config))) {}

std::vector<std::string> GPT2LMHeadModel::input_names() const {
  return head_input_names({"encoder_hidden_states", "encoder_attention_mask", "labels", "logits_to_keep"});
}

NamedTensors GPT2LMHeadModel::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  const GPT2Outputs decoded = transformer_->run(inputs, options);
  const Tensor logits =
      lm_head_(positions_to_keep(decoded.last_hidden_state, inputs.get("logits_to_keep")));  // [B, S, V]
  const Tensor labels = inputs.get("labels");
  return head_outputs(labels.defined() ? next_token_loss(logits, labels) : Tensor(), logits, decoded);
}

GPT2DoubleHeadsModel::GPT2DoubleHeadsModel(std::shared_ptr<GPT2Config> config)
    : GPT2PreTrainedModel(with_one_label(config)),
      transformer_(register_module("transformer", std::make_shared<GPT2Model>(config))),
      lm_head_(register_module("lm_head", make_lm_head(*config))),
      multiple_choice_head_(register_module("multiple_choice_head", GPT2SequenceSummary(*config))) {}

std::vector<std::string> GPT2DoubleHeadsModel::input_names() const {
  return head_input_names({"mc_token_ids", "labels", "mc_labels"});
}

NamedTensors GPT2DoubleHeadsModel::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  const GPT2Outputs decoded = transformer_->run(inputs, options);
  const Tensor& hidden_states = decoded.last_hidden_state;  // [B, N, S, E]
  const Tensor mc_token_ids = inputs.get("mc_token_ids");
  check_mc_token_ids(mc_token_ids, hidden_states);
  const Tensor logits = lm_head_(hidden_states);                                            // [B, N, S, V]
  const Tensor mc_logits = multiple_choice_head_(hidden_states, mc_token_ids).squeeze(-1);  // [B, N]

  NamedTensors outputs;
  const Tensor labels = inputs.get("labels"), mc_labels = inputs.get("mc_labels");
  if (labels.defined()) outputs.set("loss", plain_next_token_loss(logits, labels));
  if (mc_labels.defined()) outputs.set("mc_loss", choice_loss(mc_logits, mc_labels));
  outputs.set("logits", logits);
  outputs.set("mc_logits", mc_logits);
  decoded.append_lists_to(outputs);
  return outputs;
}

}  // namespace modelhost::plugins::gpt2
