#include "gpt2_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>

#include <cmath>

#include "gpt2_masks.h"
#include "modelhost/base/log.h"
#include "modelhost/model/attention_mask.h"

namespace modelhost::plugins::gpt2 {

GPT2PreTrainedModel::GPT2PreTrainedModel(std::shared_ptr<GPT2Config> config)
    : PreTrainedModel(std::move(config)) {}

void GPT2PreTrainedModel::init_module_weights(torch::nn::Module& module) {
  PreTrainedModel::init_module_weights(module);
  if (auto* projection = dynamic_cast<GPT2ResidualProjectionImpl*>(&module)) {
    const at::NoGradGuard no_grad;
    const double residual_paths = 2.0 * static_cast<double>(gpt2_config().n_layer);
    projection->weight().data().normal_(0, gpt2_config().initializer_range / std::sqrt(residual_paths));
  }
}

void GPT2Outputs::append_lists_to(NamedTensors& outputs) const {
  const auto append = [&outputs](const std::string& name, const std::vector<Tensor>& tensors) {
    for (std::size_t i = 0; i < tensors.size(); ++i) outputs.set(name + "." + std::to_string(i), tensors[i]);
  };
  append("hidden_states", hidden_states);
  append("attentions", attentions);
  append("cross_attentions", cross_attentions);
}

GPT2Model::GPT2Model(std::shared_ptr<GPT2Config> config)
    : GPT2PreTrainedModel(std::move(config)),
      wte_(register_module("wte", nn::Embedding(gpt2_config().vocab_size, gpt2_config().n_embd))),
      wpe_(register_module("wpe", nn::Embedding(gpt2_config().n_positions, gpt2_config().n_embd))),
      drop_(register_module("drop", nn::Dropout(gpt2_config().embd_pdrop))),
      h_(register_module("h", std::make_shared<nn::ModuleListImpl<GPT2BlockImpl>>())),
      ln_f_(nullptr) {
  for (int64_t i = 0; i < gpt2_config().n_layer; ++i)
    h_->push_back(std::make_shared<GPT2BlockImpl>(gpt2_config(), i));
  ln_f_ = register_module("ln_f", nn::LayerNorm(gpt2_config().n_embd, gpt2_config().layer_norm_epsilon));
  if (prefers_sdpa() && gpt2_config().has_own_scaling()) {
    log(LogLevel::kWarning,
        "GPT-2: fused attention ignores scale_attn_weights and scale_attn_by_inverse_layer_idx of "
        "config.json, "
        "as transformers 4.57 does; load with attn_implementation \"eager\" to have them applied");
  }
}

std::vector<nn::AttentionHeads> GPT2Model::attention_heads() {
  std::vector<nn::AttentionHeads> heads;
  for (const auto& block : *h_) heads.push_back(block->heads());
  return heads;
}

std::vector<std::string> GPT2Model::input_names() const {
  return head_input_names({"encoder_hidden_states", "encoder_attention_mask"});
}

NamedTensors GPT2Model::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  const GPT2Outputs decoded = run(inputs, options);
  NamedTensors outputs{{"last_hidden_state", decoded.last_hidden_state}};
  decoded.append_lists_to(outputs);
  return outputs;
}

GPT2Outputs GPT2Model::run(const NamedTensors& inputs, const ForwardOptions& options) {
  const InputShape shape = check_inputs(inputs, gpt2_config(), wte_->weight().scalar_type());
  BlockInputs block = block_inputs(inputs, options, shape);
  const Tensor head_mask = layers_head_mask(inputs.get("head_mask"));  // [L, B|1, H, S|1, S|1]
  const bool output_hidden_states = wants_hidden_states(options);

  GPT2Outputs outputs;
  Tensor hidden = embed(inputs, shape);  // [B, S, E]
  for (int64_t i = 0; i < h_->size(); ++i) {
    if (output_hidden_states) outputs.hidden_states.push_back(hidden);
    if (head_mask.defined()) block.self.head_mask = block.cross.head_mask = head_mask[i];
    BlockOutput layer = nn::call((*h_)[i], hidden, block);
    hidden = std::move(layer.hidden_states);
    if (!block.self.output_attentions) continue;
    outputs.attentions.push_back(layer.attentions);
    if (layer.cross_attentions.defined()) outputs.cross_attentions.push_back(layer.cross_attentions);
  }
  std::vector<int64_t> dimensions = shape.dimensions;
  dimensions.push_back(hidden.size(-1));
  outputs.last_hidden_state = ln_f_(hidden).view(dimensions);
  if (output_hidden_states) outputs.hidden_states.push_back(outputs.last_hidden_state);
  return outputs;
}

// -> [B, S, E]
Tensor GPT2Model::embed(const NamedTensors& inputs, const InputShape& shape) {
  const auto rows = [&](const Tensor& ids) { return ids.reshape({-1, shape.sequence}); };  // [B|1, S]
  const Tensor ids = inputs.get("input_ids"), types = inputs.get("token_type_ids");
  const Tensor tokens = ids.defined() ? wte_(rows(ids)) : inputs.get("inputs_embeds");
  const Tensor positions = inputs.get("position_ids");
  const auto options = c10::TensorOptions().dtype(at::kLong).device(tokens.device());
  Tensor hidden =
      tokens + wpe_(positions.defined() ? rows(positions) : at::arange(shape.sequence, options).unsqueeze(0));
  if (types.defined()) hidden = hidden + wte_(rows(types));
  return drop_(hidden);
}

BlockInputs GPT2Model::block_inputs(const NamedTensors& inputs, const ForwardOptions& options,
                                    const InputShape& shape) const {
  const GPT2Config& config = gpt2_config();
  MaskPlan plan{shape, wte_->weight().scalar_type(), prefers_sdpa()};
  const bool output_attentions = wants_attentions(options);
  plan.for_sdpa = plan.prefers_sdpa && !output_attentions && !inputs.contains("head_mask");
  const bool recomputes = is_training() && is_gradient_checkpointing();  // no cache then, as in the reference
  plan.uses_cache = options.use_cache.value_or(config.use_cache) && !recomputes;

  Tensor positions = inputs.get("position_ids");
  if (positions.defined()) positions = positions.reshape({-1, shape.sequence});
  BlockInputs block;
  block.self.output_attentions = block.cross.output_attentions = output_attentions;
  block.self.mask = self_attention_mask(inputs.get("attention_mask"), positions, plan);
  if (!plan.prefers_sdpa) block.self.future = future_mask(shape.sequence, wte_->weight().device());
  if (const Tensor states = inputs.get("encoder_hidden_states"); states.defined()) {
    block.cross.encoder_states = states;
    block.cross.mask = cross_attention_mask(inputs.get("encoder_attention_mask"), plan);
  }
  return block;
}

Tensor GPT2Model::layers_head_mask(const Tensor& head_mask) {
  if (!head_mask.defined() || !prefers_sdpa()) {
    return get_head_mask(head_mask, gpt2_config().n_layer, wte_->weight().scalar_type());
  }
  std::call_once(warned_about_head_mask_, [] {
    log(LogLevel::kWarning,
        "GPT-2: fused attention ignores head_mask, as transformers 4.57 does; load with attn_implementation "
        "\"eager\" to have it applied");
  });
  return {};
}

std::vector<std::string> head_input_names(std::initializer_list<const char*> more) {
  std::vector<std::string> names = {"input_ids",    "attention_mask", "token_type_ids",
                                    "position_ids", "head_mask",      "inputs_embeds"};
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

NamedTensors head_outputs(const Tensor& loss, const Tensor& logits, const GPT2Outputs& decoded) {
  NamedTensors outputs;
  outputs.set("loss", loss);
  outputs.set("logits", logits);
  decoded.append_lists_to(outputs);
  return outputs;
}

}  // namespace modelhost::plugins::gpt2
