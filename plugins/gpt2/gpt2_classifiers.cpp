#include "gpt2_classifiers.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include "modelhost/model/input_checks.h"
#include "modelhost/model/loss.h"

namespace modelhost::plugins::gpt2 {
namespace {

void check_rows(const NamedTensors& inputs, const GPT2Config& config) {
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

// logits [B, S, C] -> [B, C], at the last token of each row that is not padding (in a row of nothing but
// padding, the first token).
Tensor last_token_logits(const Tensor& logits, const Tensor& input_ids, std::optional<int64_t> pad_token_id) {
  if (!pad_token_id || !input_ids.defined()) return logits.select(1, -1);
  const Tensor is_text = input_ids.ne(*pad_token_id).to(at::kInt);
  const Tensor positions = at::arange(input_ids.size(1), is_text.options());
  const Tensor last = (positions * is_text).argmax(-1);  // [B]
  const Tensor rows = at::arange(logits.size(0), last.options());
  return logits.index({rows, last});
}

}  // namespace

GPT2ForSequenceClassification::GPT2ForSequenceClassification(std::shared_ptr<GPT2Config> config)
    : GPT2PreTrainedModel(config),
      transformer_(register_module("transformer", std::make_shared<GPT2Model>(config))),
      score_(
          register_module("score", nn::Linear(config->n_embd, config->num_labels(), /*with_bias=*/false))) {}

std::vector<std::string> GPT2ForSequenceClassification::input_names() const {
  return head_input_names({"labels"});
}

NamedTensors GPT2ForSequenceClassification::forward(const NamedTensors& inputs,
                                                    const ForwardOptions& options) {
  check_rows(inputs, gpt2_config());
  const GPT2Outputs decoded = transformer_->run(inputs, options);
  const Tensor logits = last_token_logits(score_(decoded.last_hidden_state), inputs.get("input_ids"),
                                          config().pad_token_id);  // [B, C]
  Tensor loss;
  if (const Tensor labels = inputs.get("labels"); labels.defined()) {
    loss = sequence_classification_loss(logits, labels, config().problem_type);
  }
  return head_outputs(loss, logits, decoded);
}

GPT2ForTokenClassification::GPT2ForTokenClassification(std::shared_ptr<GPT2Config> config)
    : GPT2PreTrainedModel(config),
      transformer_(register_module("transformer", std::make_shared<GPT2Model>(config))),
      dropout_(register_module("dropout", nn::Dropout(config->token_classifier_dropout()))),
      classifier_(register_module("classifier", nn::Linear(config->n_embd, config->num_labels()))) {}

std::vector<std::string> GPT2ForTokenClassification::input_names() const {
  return head_input_names({"labels"});
}

NamedTensors GPT2ForTokenClassification::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  const GPT2Outputs decoded = transformer_->run(inputs, options);
  const Tensor logits = classifier_(dropout_(decoded.last_hidden_state));  // [B, S, C]
  const Tensor labels = inputs.get("labels");
  return head_outputs(labels.defined() ? token_classification_loss(logits, labels) : Tensor(), logits,
                      decoded);
}

GPT2ForQuestionAnswering::GPT2ForQuestionAnswering(std::shared_ptr<GPT2Config> config)
    : GPT2PreTrainedModel(config),
      transformer_(register_module("transformer", std::make_shared<GPT2Model>(config))),
      qa_outputs_(register_module("qa_outputs", nn::Linear(config->n_embd, 2))) {}

std::vector<std::string> GPT2ForQuestionAnswering::input_names() const {
  return head_input_names({"start_positions", "end_positions"});
}

NamedTensors GPT2ForQuestionAnswering::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  const GPT2Outputs decoded = transformer_->run(inputs, options);
  NamedTensors outputs = question_answering_outputs(qa_outputs_(decoded.last_hidden_state), inputs);
  decoded.append_lists_to(outputs);
  return outputs;
}

}  // namespace modelhost::plugins::gpt2
