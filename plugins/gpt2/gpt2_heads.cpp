#include "gpt2_heads.h"

#include "modelhost/base/error_codes.h"
#include "modelhost/model/input_checks.h"

namespace modelhost::plugins::gpt2 {
namespace {

// Of the labels shaped as the logits without their last dimension, in the logits' dtype: the double heads
// model shifts for itself.
Tensor next_token_loss(const Tensor& logits, const Tensor& labels) {
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

void check_mc_token_ids(const Tensor& ids, const Tensor& x) {
  if (!ids.defined()) return;
  const auto wanted = x.sizes().slice(0, static_cast<std::size_t>(x.dim() - 2));
  if (ids.sizes() != wanted) {
    throw input_error("an input has the wrong shape", "mc_token_ids", "shape " + shape_text_of(wanted),
                      "shape " + shape_text_of(ids.sizes()));
  }
  check_ids("mc_token_ids", ids, x.size(-2));
}

std::shared_ptr<GPT2Config> with_one_label(std::shared_ptr<GPT2Config> config) {
  config->set_num_labels(1);
  return config;
}

}  // namespace

GPT2SequenceSummaryImpl::GPT2SequenceSummaryImpl(const GPT2Config& config)
    : type_(config.summary_type),
      first_dropout_(register_module("first_dropout", nn::Dropout(config.summary_first_dropout))),
      last_dropout_(register_module("last_dropout", nn::Dropout(config.summary_last_dropout()))) {
  if (type_ == "attn") {
    throw Error(codes::kConfigChoice, "transformers names this way to summarise a sequence, but never had it")
        .key("summary_type")
        .expected("last, first, mean, cls_index")
        .got("\"attn\"");
  }
  // The reference takes an empty name for none, too.
  if (config.summary_activation && !config.summary_activation->empty())
    activation_ = nn::activation(*config.summary_activation, "summary_activation");
  if (!config.summary_use_proj) return;
  const bool to_labels = config.summary_proj_to_labels && config.num_labels() > 0;
  summary_ =
      register_module("summary", nn::Linear(config.n_embd, to_labels ? config.num_labels() : config.n_embd));
}

Tensor GPT2SequenceSummaryImpl::forward(const Tensor& x, const Tensor& cls_index) {
  Tensor output = first_dropout_(summarize(x, cls_index));
  if (summary_) output = summary_(output);
  if (activation_) output = activation_(output);
  return last_dropout_(output);
}

Tensor GPT2SequenceSummaryImpl::summarize(const Tensor& x, const Tensor& cls_index) const {
  if (type_ == "last") return x.select(1, -1);
  if (type_ == "first") return x.select(1, 0);
  if (type_ == "mean") return x.mean(1);
  if (!cls_index.defined()) return x.select(-2, -1);
  std::vector<int64_t> shape = x.sizes().vec();
  shape[shape.size() - 2] = 1;
  const Tensor index = cls_index.to(at::kLong).unsqueeze(-1).unsqueeze(-1).expand(shape);  // [B, N, 1, E]
  return x.gather(-2, index).squeeze(-2);
}

GPT2DoubleHeadsModel::GPT2DoubleHeadsModel(std::shared_ptr<GPT2Config> config)
    : WithBackbone(with_one_label(config), /*with_pooler=*/false),
      lm_head_(
          register_module("lm_head", nn::Linear(config->n_embd, config->vocab_size, /*with_bias=*/false))),
      multiple_choice_head_(register_module("multiple_choice_head", GPT2SequenceSummary(*config))) {}

NamedTensors GPT2DoubleHeadsModel::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  const BackboneOutput decoded = backbone_->run(inputs, options);
  const Tensor& x = decoded.last_hidden_state;  // [B, N, S, E]
  const Tensor mc_token_ids = inputs.get("mc_token_ids");
  check_mc_token_ids(mc_token_ids, x);
  const Tensor logits = lm_head_(x);                                            // [B, N, S, V]
  const Tensor mc_logits = multiple_choice_head_(x, mc_token_ids).squeeze(-1);  // [B, N]
  const Tensor labels = inputs.get("labels"), mc_labels = inputs.get("mc_labels");
  NamedTensors outputs;
  if (labels.defined()) outputs.set("loss", next_token_loss(logits, labels));
  if (mc_labels.defined()) outputs.set("mc_loss", choice_loss(mc_logits, mc_labels));
  outputs.set("logits", logits);
  outputs.set("mc_logits", mc_logits);
  decoded.append_lists_to(outputs);
  return outputs;
}

}  // namespace modelhost::plugins::gpt2
