#include "bert_model.h"

#include "bert_masks.h"
#include "modelhost/model/attention_mask.h"

namespace modelhost::plugins::bert {

BertPreTrainedModel::BertPreTrainedModel(std::shared_ptr<BertConfig> config)
    : PreTrainedModel(std::move(config)) {}

void BertPreTrainedModel::init_module_weights(torch::nn::Module& module) {
  PreTrainedModel::init_module_weights(module);
  if (auto* head = dynamic_cast<BertLMPredictionHeadImpl*>(&module)) head->bias().data().zero_();
}

void BertOutputs::append_lists_to(NamedTensors& outputs) const {
  const auto append = [&outputs](const std::string& name, const std::vector<Tensor>& tensors) {
    for (std::size_t i = 0; i < tensors.size(); ++i) outputs.set(name + "." + std::to_string(i), tensors[i]);
  };
  append("hidden_states", hidden_states);
  append("attentions", attentions);
  append("cross_attentions", cross_attentions);
}

BertModel::BertModel(std::shared_ptr<BertConfig> config, bool add_pooling_layer)
    : BertPreTrainedModel(std::move(config)),
      embeddings_(register_module("embeddings", BertEmbeddings(bert_config()))),
      encoder_(register_module("encoder", BertEncoder(bert_config()))) {
  if (add_pooling_layer) pooler_ = register_module("pooler", BertPooler(bert_config()));
}

std::vector<nn::AttentionHeads> BertModel::attention_heads() {
  std::vector<nn::AttentionHeads> heads;
  for (const auto& layer : encoder_->layers()) heads.push_back(layer->heads());
  return heads;
}

std::vector<std::string> BertModel::input_names() const {
  return {"input_ids", "attention_mask", "token_type_ids",        "position_ids",
          "head_mask", "inputs_embeds",  "encoder_hidden_states", "encoder_attention_mask"};
}

NamedTensors BertModel::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  const BertOutputs run_outputs = run(inputs, options);
  NamedTensors outputs{{"last_hidden_state", run_outputs.last_hidden_state}};
  outputs.set("pooler_output", run_outputs.pooler_output);
  run_outputs.append_lists_to(outputs);
  return outputs;
}

BertOutputs BertModel::run(const NamedTensors& inputs, const ForwardOptions& options) {
  const InputShape shape = check_inputs(inputs, bert_config(), embeddings_->dtype());
  const Tensor embedded = embeddings_(inputs.get("input_ids"), inputs.get("token_type_ids"),
                                      inputs.get("position_ids"), inputs.get("inputs_embeds"));  // [B, S, E]
  EncoderOutput encoded = encoder_(embedded, encoder_inputs(inputs, options, shape));

  BertOutputs outputs;
  outputs.last_hidden_state = encoded.last_hidden_state;
  if (pooler_) outputs.pooler_output = pooler_(encoded.last_hidden_state);
  outputs.hidden_states = std::move(encoded.hidden_states);
  outputs.attentions = std::move(encoded.attentions);
  outputs.cross_attentions = std::move(encoded.cross_attentions);
  return outputs;
}

EncoderInputs BertModel::encoder_inputs(const NamedTensors& inputs, const ForwardOptions& options,
                                        InputShape shape) const {
  const BertConfig& config = bert_config();
  const Tensor head_mask = inputs.get("head_mask");
  const bool output_attentions = wants_attentions(options);
  const bool for_sdpa = config.attn_implementation == "sdpa" && !config.has_relative_positions() &&
                        !head_mask.defined() && !output_attentions;
  const MaskPlan plan{shape, embeddings_->dtype(), config.is_decoder, for_sdpa};

  EncoderInputs encoder;
  encoder.output_hidden_states = wants_hidden_states(options);
  encoder.head_mask = get_head_mask(head_mask, config.num_hidden_layers, plan.dtype);
  encoder.layer.mask = self_attention_mask(inputs.get("attention_mask"), plan);
  encoder.layer.output_attentions = output_attentions;
  if (config.is_decoder) {
    const bool recomputes =
        is_training() && is_gradient_checkpointing();  // no cache then, as in the reference
    encoder.layer.uses_cache = options.use_cache.value_or(config.use_cache) && !recomputes;
    encoder.layer.encoder_states = inputs.get("encoder_hidden_states");
    encoder.layer.encoder_mask = cross_attention_mask(inputs.get("encoder_attention_mask"), plan);
  }
  return encoder;
}

}  // namespace modelhost::plugins::bert
