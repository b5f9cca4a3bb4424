#include "modelhost/model/layer_inputs.h"

#include "modelhost/base/error_codes.h"
#include "modelhost/model/training.h"

namespace modelhost {
namespace {

using at::Tensor;

nn::AttentionPath attention_path(const PreTrainedModel& model, const NamedTensors& inputs,
                                 bool output_attentions, const ForwardRules& rules) {
  if (model.config().attn_implementation != "sdpa" || !rules.can_fuse) return nn::AttentionPath::kEager;
  const bool needs_probabilities = output_attentions || inputs.contains("head_mask");
  return rules.fallback == FusedFallback::kEager && needs_probabilities ? nn::AttentionPath::kEager
                                                                        : nn::AttentionPath::kFused;
}

// -> [L, B|1, H, S|1, T|1]
Tensor layers_head_mask(const PreTrainedModel& model, const Tensor& head_mask, const InputTable& table,
                        nn::AttentionPath path) {
  if (!head_mask.defined()) return {};
  if (path == nn::AttentionPath::kEager) return get_head_mask(head_mask, table.sizes.at('L'), model.dtype());
  model.warn_once(
      "fused attention ignores head_mask, as transformers 4.57 does; load with attn_implementation "
      "\"eager\" to have it applied");
  return {};
}

// A model that computes its layers twice cannot keep what they computed.
nn::Cache* cache_for(const PreTrainedModel& model, nn::Cache* given, bool recomputes) {
  if (!given || !recomputes) return given;
  throw Error(codes::kModelOption,
              "a model that is trained with gradient checkpointing keeps no keys and values")
      .key("past_key_values")
      .expected("no cache")
      .got("a cache of " + std::to_string(given->length()) + " tokens")
      .fix("call eval(), or leave the cache out: " + model.traits().architecture + " runs without it");
}

}  // namespace

ForwardPlan plan_forward(const PreTrainedModel& model, const InputTable& table, const NamedTensors& inputs,
                         const ForwardOptions& options, const ForwardRules& rules) {
  ForwardPlan plan;
  nn::LayerInputs& layers = plan.layers;
  const PretrainedConfig& config = model.config();
  const bool recomputes = model.is_training() && is_gradient_checkpointing(model);
  if (rules.keeps_cache) layers.cache = cache_for(model, options.past_key_values, recomputes);
  layers.uses_cache = options.use_cache.value_or(rules.use_cache) && !recomputes;
  const int64_t past = layers.cache ? layers.cache->length() : 0;
  plan.shape = check_inputs(inputs, table, {model.dtype(), past, !config.pruned_heads.empty()});

  plan.output_hidden_states = options.output_hidden_states.value_or(config.output_hidden_states);
  layers.output_attentions = options.output_attentions.value_or(config.output_attentions);
  layers.path = attention_path(model, inputs, layers.output_attentions, rules);
  layers.head_mask = layers_head_mask(model, inputs.get("head_mask"), table, layers.path);
  plan.masks = {plan.shape.batch,
                plan.shape.sequence,
                past,
                model.dtype(),
                model.device(),
                layers.path,
                layers.uses_cache,
                inputs.get("attention_mask"),
                inputs.get("position_ids")};
  if (table.cross_attention == CrossAttention::kUsed && inputs.contains("encoder_hidden_states")) {
    layers.encoder_states = inputs.get("encoder_hidden_states");
    layers.encoder_mask = cross_attention_mask(plan.masks, inputs.get("encoder_attention_mask"));
  }
  return plan;
}

}  // namespace modelhost
