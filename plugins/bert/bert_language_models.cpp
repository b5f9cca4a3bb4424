#include "bert_language_models.h"

#include <ATen/TensorOperators.h>

#include "modelhost/model/loss.h"

namespace modelhost::plugins::bert {
namespace {

constexpr bool kNoPooler = false;

std::vector<std::string> with(std::vector<std::string> names, const char* more) {
  names.emplace_back(more);
  return names;
}

// {loss, logits, lists}
NamedTensors language_model_outputs(const Tensor& loss, const Tensor& logits, const BertOutputs& encoded) {
  NamedTensors outputs;
  outputs.set("loss", loss);
  outputs.set("logits", logits);
  encoded.append_lists_to(outputs);
  return outputs;
}

}  // namespace

BertForPreTraining::BertForPreTraining(std::shared_ptr<BertConfig> config)
    : BertPreTrainedModel(config),
      bert_(register_module("bert", std::make_shared<BertModel>(config))),
      cls_(register_module("cls", BertPreTrainingHeads(*config))) {}

std::vector<std::string> BertForPreTraining::input_names() const {
  return {"input_ids", "attention_mask", "token_type_ids", "position_ids",
          "head_mask", "inputs_embeds",  "labels",         "next_sentence_label"};
}

NamedTensors BertForPreTraining::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  const BertOutputs encoded = bert_->run(inputs, options);
  const Tensor prediction = cls_->predictions().forward(encoded.last_hidden_state);     // [B, S, V]
  const Tensor relationship = cls_->seq_relationship().forward(encoded.pooler_output);  // [B, 2]

  NamedTensors outputs;
  const Tensor labels = inputs.get("labels"), next = inputs.get("next_sentence_label");
  if (labels.defined() && next.defined()) {
    outputs.set("loss", masked_lm_loss(prediction, labels) + next_sentence_loss(relationship, next));
  }
  outputs.set("prediction_logits", prediction);
  outputs.set("seq_relationship_logits", relationship);
  encoded.append_lists_to(outputs);
  return outputs;
}

void BertForPreTraining::tie_weights() {
  BertPreTrainedModel::tie_weights();
  cls_->predictions().tie_bias();
}

BertForMaskedLM::BertForMaskedLM(std::shared_ptr<BertConfig> config)
    : BertPreTrainedModel(config),
      bert_(register_module("bert", std::make_shared<BertModel>(config, kNoPooler))),
      cls_(register_module("cls", BertOnlyMLMHead(*config))) {}

std::vector<std::string> BertForMaskedLM::input_names() const {
  return with(bert_->input_names(), "labels");
}

NamedTensors BertForMaskedLM::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  BertOutputs encoded = bert_->run(inputs, options);
  const Tensor logits = cls_(encoded.last_hidden_state);  // [B, S, V]
  const Tensor labels = inputs.get("labels");
  encoded.cross_attentions.clear();  // not a field of MaskedLMOutput
  return language_model_outputs(labels.defined() ? masked_lm_loss(logits, labels) : Tensor(), logits,
                                encoded);
}

void BertForMaskedLM::tie_weights() {
  BertPreTrainedModel::tie_weights();
  cls_->predictions().tie_bias();
}

BertLMHeadModel::BertLMHeadModel(std::shared_ptr<BertConfig> config)
    : BertPreTrainedModel(config),
      bert_(register_module("bert", std::make_shared<BertModel>(config, kNoPooler))),
      cls_(register_module("cls", BertOnlyMLMHead(*config))) {}

std::vector<std::string> BertLMHeadModel::input_names() const {
  return with(bert_->input_names(), "labels");
}

NamedTensors BertLMHeadModel::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  const Tensor labels = inputs.get("labels");
  ForwardOptions own = options;
  if (labels.defined()) own.use_cache = false;
  const BertOutputs encoded = bert_->run(inputs, own);
  const Tensor logits = cls_(encoded.last_hidden_state);  // [B, S, V]
  return language_model_outputs(labels.defined() ? causal_lm_loss(logits, labels) : Tensor(), logits,
                                encoded);
}

void BertLMHeadModel::tie_weights() {
  BertPreTrainedModel::tie_weights();
  cls_->predictions().tie_bias();
}

}  // namespace modelhost::plugins::bert
