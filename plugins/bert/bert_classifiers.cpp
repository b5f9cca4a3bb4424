#include "bert_classifiers.h"

#include "modelhost/base/error_codes.h"
#include "modelhost/model/loss.h"

namespace modelhost::plugins::bert {
namespace {

constexpr bool kNoPooler = false;

// {loss, logits, lists}
NamedTensors classifier_outputs(const Tensor& loss, const Tensor& logits, const BertOutputs& encoded) {
  NamedTensors outputs;
  outputs.set("loss", loss);
  outputs.set("logits", logits);
  encoded.append_lists_to(outputs);
  return outputs;
}

// [B, N, ...] -> [B * N, ...] for every input that has choices. Labels and head masks have none.
NamedTensors flatten_choices(const NamedTensors& inputs, int64_t& choices) {
  NamedTensors flat;
  for (const auto& [name, tensor] : inputs) {
    const int64_t dimensions = name == "inputs_embeds" ? 4 : 3;
    if (name == "head_mask" || name == "labels") {
      flat.set(name, tensor);
      continue;
    }
    if (tensor.dim() != dimensions) {
      throw Error(codes::kModelInput,
                  "an input of a multiple choice model lacks the dimension of the choices")
          .key(name)
          .expected(dimensions == 4 ? "[batch, choices, sequence, hidden]" : "[batch, choices, sequence]")
          .got(std::to_string(tensor.dim()) + " dimensions");
    }
    if (name == "input_ids" || name == "inputs_embeds") choices = tensor.size(1);
    flat.set(name, tensor.flatten(0, 1));
  }
  return flat;
}

}  // namespace

std::vector<std::string> classifier_input_names(std::initializer_list<const char*> more) {
  std::vector<std::string> names = {"input_ids",    "attention_mask", "token_type_ids",
                                    "position_ids", "head_mask",      "inputs_embeds"};
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

BertForNextSentencePrediction::BertForNextSentencePrediction(std::shared_ptr<BertConfig> config)
    : BertPreTrainedModel(config),
      bert_(register_module("bert", std::make_shared<BertModel>(config))),
      cls_(register_module("cls", BertOnlyNSPHead(*config))) {}

std::vector<std::string> BertForNextSentencePrediction::input_names() const {
  return classifier_input_names({"labels", "next_sentence_label"});
}

NamedTensors BertForNextSentencePrediction::forward(const NamedTensors& inputs,
                                                    const ForwardOptions& options) {
  const BertOutputs encoded = bert_->run(inputs, options);
  const Tensor logits = cls_(encoded.pooler_output);  // [B, 2]
  const Tensor labels = inputs.get(inputs.contains("next_sentence_label") ? "next_sentence_label" : "labels");
  return classifier_outputs(labels.defined() ? next_sentence_loss(logits, labels) : Tensor(), logits,
                            encoded);
}

BertForSequenceClassification::BertForSequenceClassification(std::shared_ptr<BertConfig> config)
    : BertPreTrainedModel(config),
      bert_(register_module("bert", std::make_shared<BertModel>(config))),
      dropout_(register_module("dropout", nn::Dropout(config->head_dropout()))),
      classifier_(register_module("classifier", nn::Linear(config->hidden_size, config->num_labels()))) {}

std::vector<std::string> BertForSequenceClassification::input_names() const {
  return classifier_input_names({"labels"});
}

NamedTensors BertForSequenceClassification::forward(const NamedTensors& inputs,
                                                    const ForwardOptions& options) {
  const BertOutputs encoded = bert_->run(inputs, options);
  const Tensor logits = classifier_(dropout_(encoded.pooler_output));  // [B, C]
  Tensor loss;
  if (const Tensor labels = inputs.get("labels"); labels.defined()) {
    loss = sequence_classification_loss(logits, labels, config().problem_type);
  }
  return classifier_outputs(loss, logits, encoded);
}

BertForMultipleChoice::BertForMultipleChoice(std::shared_ptr<BertConfig> config)
    : BertPreTrainedModel(config),
      bert_(register_module("bert", std::make_shared<BertModel>(config))),
      dropout_(register_module("dropout", nn::Dropout(config->head_dropout()))),
      classifier_(register_module("classifier", nn::Linear(config->hidden_size, 1))) {}

std::vector<std::string> BertForMultipleChoice::input_names() const {
  return classifier_input_names({"labels"});
}

NamedTensors BertForMultipleChoice::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  int64_t choices = 1;
  const BertOutputs encoded = bert_->run(flatten_choices(inputs, choices), options);
  const Tensor logits = classifier_(dropout_(encoded.pooler_output)).view({-1, choices});  // [B, N]
  const Tensor labels = inputs.get("labels");
  return classifier_outputs(labels.defined() ? mean_cross_entropy(logits, labels) : Tensor(), logits,
                            encoded);
}

BertForTokenClassification::BertForTokenClassification(std::shared_ptr<BertConfig> config)
    : BertPreTrainedModel(config),
      bert_(register_module("bert", std::make_shared<BertModel>(config, kNoPooler))),
      dropout_(register_module("dropout", nn::Dropout(config->head_dropout()))),
      classifier_(register_module("classifier", nn::Linear(config->hidden_size, config->num_labels()))) {}

std::vector<std::string> BertForTokenClassification::input_names() const {
  return classifier_input_names({"labels"});
}

NamedTensors BertForTokenClassification::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  const BertOutputs encoded = bert_->run(inputs, options);
  const Tensor logits = classifier_(dropout_(encoded.last_hidden_state));  // [B, S, C]
  const Tensor labels = inputs.get("labels");
  return classifier_outputs(labels.defined() ? token_classification_loss(logits, labels) : Tensor(), logits,
                            encoded);
}

BertForQuestionAnswering::BertForQuestionAnswering(std::shared_ptr<BertConfig> config)
    : BertPreTrainedModel(config),
      bert_(register_module("bert", std::make_shared<BertModel>(config, kNoPooler))),
      qa_outputs_(register_module("qa_outputs", nn::Linear(config->hidden_size, config->num_labels()))) {
  if (config->num_labels() == 2) return;
  throw Error(codes::kConfigInconsistent, "a question answering model has two labels, start and end")
      .key("id2label")
      .expected("2 labels")
      .got(std::to_string(config->num_labels()));
}

std::vector<std::string> BertForQuestionAnswering::input_names() const {
  return classifier_input_names({"start_positions", "end_positions"});
}

NamedTensors BertForQuestionAnswering::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  const BertOutputs encoded = bert_->run(inputs, options);
  NamedTensors outputs = question_answering_outputs(qa_outputs_(encoded.last_hidden_state), inputs);
  encoded.append_lists_to(outputs);
  return outputs;
}

}  // namespace modelhost::plugins::bert
