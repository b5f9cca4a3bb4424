#include "gpt2_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <cmath>

namespace modelhost::plugins::gpt2 {
namespace {

// The projections into the residual stream, of which there are two a layer, start smaller than others.
nn::Conv1D residual_projection(int64_t in_features, const GPT2Config& config) {
  nn::Conv1D projection(in_features, config.n_embd);
  const double paths = 2.0 * static_cast<double>(config.n_layer);
  projection->set_init("weight", nn::Init::normal(config.initializer_range / std::sqrt(paths)));
  return projection;
}

nn::LayerNorm make_norm(const GPT2Config& config) {
  return nn::LayerNorm(config.n_embd, config.layer_norm_epsilon);
}

// Fused attention scales by 1 / sqrt(D) whatever the config says, as in the reference; see the README.
nn::AttentionOptions attention_options(const GPT2Config& config, int64_t layer, bool is_cross_attention) {
  nn::AttentionOptions options{.causal = !is_cross_attention,
                               .always_causal = !is_cross_attention,
                               .dropout = config.attn_pdrop,
                               .scores_in_float = config.reorder_and_upcast_attn};
  if (config.attn_implementation == "sdpa" || !config.has_own_scaling()) return options;
  options.scale = config.scale_attn_weights ? 1 / std::sqrt(static_cast<double>(config.head_size())) : 1;
  if (config.scale_attn_by_inverse_layer_idx) options.scale /= static_cast<double>(layer + 1);
  return options;
}

}  // namespace

GPT2AttentionImpl::GPT2AttentionImpl(const GPT2Config& config, int64_t layer, bool is_cross_attention)
    : is_cross_attention_(is_cross_attention),
      layer_(layer),
      num_heads_(config.n_head),
      head_size_(config.head_size()),
      options_(attention_options(config, layer, is_cross_attention)),
      c_attn_(
          register_module("c_attn", nn::Conv1D(config.n_embd, (is_cross_attention ? 2 : 3) * config.n_embd))),
      c_proj_(nullptr),
      resid_dropout_(register_module("resid_dropout", nn::Dropout(config.resid_pdrop))) {
  if (is_cross_attention) q_attn_ = register_module("q_attn", nn::Conv1D(config.n_embd, config.n_embd));
  c_proj_ = register_module("c_proj", residual_projection(config.n_embd, config));
  // Checkpoints of old releases hold these two. Only the names matter, so that they are not reported as
  // unexpected: what is later than a query is worked out anew.
  const auto nothing = at::empty({0}, nn::ParameterOptions::current());
  register_buffer("bias", nothing, /*persistent=*/false);
  register_buffer("masked_bias", nothing, /*persistent=*/false);
}

// [B, S, count * H * D] -> its part of that index [B, H, S, D], a view.
Tensor GPT2AttentionImpl::part(const Tensor& projected, int64_t index, int64_t count) const {
  return nn::split_heads(projected.chunk(count, 2)[static_cast<std::size_t>(index)], head_size_);
}

nn::Attended GPT2AttentionImpl::forward(const Tensor& x, const nn::LayerInputs& inputs) {
  nn::KeyValues source;
  Tensor query;  // [B, H, S, D]
  if (is_cross_attention_) {
    query = nn::split_heads(q_attn_(x), head_size_);
    const auto compute = [&]() -> nn::KeyValues {
      const Tensor projected = c_attn_(inputs.encoder_states);
      return {part(projected, 0, 2), part(projected, 1, 2)};
    };
    source = inputs.cache ? inputs.cache->cross(layer_, compute) : compute();
  } else {
    const Tensor projected = c_attn_(x);
    query = part(projected, 0, 3);
    source = {part(projected, 1, 3), part(projected, 2, 3)};
    if (inputs.cache) source = inputs.cache->update(layer_, source.keys, source.values);
  }
  nn::Attended attended = nn::attend(
      query, source.keys, source.values, options_,
      is_cross_attention_ ? inputs.cross_arguments(is_training()) : inputs.self_arguments(is_training()));
  attended.context = resid_dropout_(c_proj_(attended.context));
  return attended;
}

GPT2BlockImpl::GPT2BlockImpl(const GPT2Config& config, int64_t layer)
    : ln_1_(register_module("ln_1", make_norm(config))),
      attn_(register_module("attn", GPT2Attention(config, layer, false))),
      ln_2_(register_module("ln_2", make_norm(config))),
      activation_(nn::activation(config.activation_function)),
      dropout_(register_module("dropout", nn::Dropout(config.resid_pdrop))) {
  if (config.add_cross_attention) {
    crossattention_ = register_module("crossattention", GPT2Attention(config, layer, true));
    ln_cross_attn_ = register_module("ln_cross_attn", make_norm(config));
  }
  c_fc_ = register_at("mlp.c_fc", nn::Conv1D(config.n_embd, config.inner_size()));
  c_proj_ = register_at("mlp.c_proj", residual_projection(config.inner_size(), config));
}

nn::LayerOutput GPT2BlockImpl::compute(const Tensor& x, const nn::LayerInputs& inputs) {
  const nn::Attended attended = attn_(ln_1_(x), inputs);
  nn::LayerOutput output{attended.context + x, attended.probabilities, {}};
  if (inputs.encoder_states.defined()) {
    const nn::Attended crossed = crossattention_(ln_cross_attn_(output.hidden_states), inputs);
    output.hidden_states = output.hidden_states + crossed.context;
    output.cross_attentions = crossed.probabilities;
  }
  const Tensor& h = output.hidden_states;
  output.hidden_states = h + dropout_(c_proj_(activation_(c_fc_(ln_2_(h)))));
  return output;
}

GPT2Model::GPT2Model(std::shared_ptr<GPT2Config> config)
    : GPT2PreTrainedModel(config),
      wte_(register_module("wte", nn::Embedding(config->vocab_size, config->n_embd))),
      wpe_(register_module("wpe", nn::Embedding(config->n_positions, config->n_embd))),
      drop_(register_module("drop", nn::Dropout(config->embd_pdrop))),
      h_(register_module("h", nn::LayerStack(config->n_layer,
                                             [&](int64_t layer) {
                                               return std::make_shared<GPT2BlockImpl>(*config, layer);
                                             }))),
      ln_f_(register_module("ln_f", make_norm(*config))) {
  if (config->attn_implementation == "sdpa" && config->has_own_scaling()) {
    warn_once(
        "fused attention ignores scale_attn_weights and scale_attn_by_inverse_layer_idx of config.json, "
        "as transformers 4.57 does; load with attn_implementation \"eager\" to have them applied");
  }
}

InputTable GPT2Model::inputs() const {
  using enum Input::Kind;
  using enum Input::Role;
  const GPT2Config& c = config();
  // One row of a mask does not serve several texts: the reference would take it apart and spread it over
  // them.
  return {.inputs = {{"input_ids", "B S | C N S", kIds, c.vocab_size, kSequence},
                     {"attention_mask", "B K | C N K | B? * S K", kMask},
                     {"token_type_ids", "B? S | C N S", kIds, c.vocab_size},
                     {"position_ids", "B? S | C N S", kIds, c.n_positions},
                     {"head_mask", "H | L H", kHeadMask},
                     {"inputs_embeds", "B S E", kStates, 0, kSequence},
                     {"encoder_hidden_states", "B T E", kStates, 0, kEncoder},
                     {"encoder_attention_mask", "B? T | B? S? T", kMask, 0, kEncoder}},
          .sizes = {{'E', c.n_embd}, {'H', c.n_head}, {'L', c.n_layer}},
          .cross_attention = c.add_cross_attention ? CrossAttention::kUsed : CrossAttention::kRefused,
          .max_positions = c.n_positions,
          .max_positions_key = "n_positions"};
}

BackboneOutput GPT2Model::run(const NamedTensors& inputs, const ForwardOptions& options) {
  ForwardPlan plan = plan_forward(*this, this->inputs(), inputs, options, {.use_cache = config().use_cache});
  MaskSource& masks = plan.masks;
  if (masks.attention_mask.defined() && masks.attention_mask.dim() != 4)
    masks.attention_mask = masks.attention_mask.reshape({masks.batch, masks.keys()});
  if (masks.position_ids.defined()) masks.position_ids = masks.position_ids.reshape({-1, masks.queries});
  plan.layers.mask = causal_mask(masks);
  BackboneOutput output = h_(embed(inputs, plan.shape), plan.layers, plan.output_hidden_states);
  std::vector<int64_t> dimensions = plan.shape.dimensions;
  dimensions.push_back(config().n_embd);
  output.replace_last(ln_f_(output.last_hidden_state).view(dimensions));
  return output;
}

// -> [B, S, E]
Tensor GPT2Model::embed(const NamedTensors& inputs, const InputShape& shape) {
  const auto rows = [&](const Tensor& ids) { return ids.reshape({-1, shape.sequence}); };  // [B|1, S]
  const Tensor ids = inputs.get("input_ids"), types = inputs.get("token_type_ids");
  const Tensor tokens = ids.defined() ? wte_(rows(ids)) : inputs.get("inputs_embeds");
  const Tensor positions = inputs.get("position_ids");
  Tensor hidden =
      tokens + wpe_(positions.defined() ? rows(positions) : default_positions(shape, tokens.device()));
  if (types.defined()) hidden = hidden + wte_(rows(types));
  return drop_(hidden);
}

}  // namespace modelhost::plugins::gpt2
