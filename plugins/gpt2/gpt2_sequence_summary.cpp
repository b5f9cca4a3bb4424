#include "gpt2_sequence_summary.h"

#include "modelhost/base/error_codes.h"

namespace modelhost::plugins::gpt2 {
namespace {

// nullptr: none. The reference takes an empty name for none, too.
nn::Activation summary_activation(const GPT2Config& config) {
  if (!config.summary_activation || config.summary_activation->empty()) return nullptr;
  try {
    return nn::activation(*config.summary_activation);
  } catch (const Error& error) {
    throw Error(error).key("summary_activation");
  }
}

void check_type(const GPT2Config& config) {
  if (config.summary_type != "attn") return;
  throw Error(codes::kConfigChoice, "transformers names this way to summarise a sequence, but never had it")
      .key("summary_type")
      .expected("last, first, mean, cls_index")
      .got("\"attn\"");
}

}  // namespace

GPT2SequenceSummaryImpl::GPT2SequenceSummaryImpl(const GPT2Config& config)
    : type_(config.summary_type),
      activation_(summary_activation(config)),
      first_dropout_(register_module("first_dropout", nn::Dropout(config.summary_first_dropout))),
      last_dropout_(register_module("last_dropout", nn::Dropout(config.summary_last_dropout()))) {
  check_type(config);
  if (!config.summary_use_proj) return;
  const bool to_labels = config.summary_proj_to_labels && config.num_labels() > 0;
  summary_ =
      register_module("summary", nn::Linear(config.n_embd, to_labels ? config.num_labels() : config.n_embd));
}

Tensor GPT2SequenceSummaryImpl::forward(const Tensor& hidden_states, const Tensor& cls_index) {
  Tensor output = first_dropout_(summarize(hidden_states, cls_index));
  if (summary_) output = summary_(output);
  if (activation_) output = activation_(output);
  return last_dropout_(output);
}

Tensor GPT2SequenceSummaryImpl::summarize(const Tensor& hidden_states, const Tensor& cls_index) const {
  if (type_ == "last") return hidden_states.select(1, -1);
  if (type_ == "first") return hidden_states.select(1, 0);
  if (type_ == "mean") return hidden_states.mean(1);
  if (!cls_index.defined()) return hidden_states.select(-2, -1);
  std::vector<int64_t> shape = hidden_states.sizes().vec();
  shape[shape.size() - 2] = 1;
  const Tensor index = cls_index.to(at::kLong).unsqueeze(-1).unsqueeze(-1).expand(shape);  // [B, N, 1, E]
  return hidden_states.gather(-2, index).squeeze(-2);
}

}  // namespace modelhost::plugins::gpt2
