#include "bert_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "modelhost/nn/chunking.h"

namespace modelhost::plugins::bert {
namespace {

nn::MultiHeadAttention make_attention(nn::Module& layer, const std::string& name, const BertConfig& config,
                                      int64_t index, bool causal) {
  const std::string self = name + ".self.";
  return {layer,
          {self + "query", self + "key", self + "value", name + ".output.dense"},
          {.hidden = config.hidden_size, .heads = config.num_attention_heads},
          {.causal = causal, .dropout = config.attention_probs_dropout_prob},
          index};
}

nn::LayerNorm make_norm(const BertConfig& config) {
  return nn::LayerNorm(config.hidden_size, config.layer_norm_eps);
}

}  // namespace

BertEmbeddingsImpl::BertEmbeddingsImpl(const BertConfig& config)
    : absolute_positions_(!config.has_relative_positions()),
      word_embeddings_(register_module(
          "word_embeddings", nn::Embedding(config.vocab_size, config.hidden_size, config.pad_token_id))),
      position_embeddings_(register_module(
          "position_embeddings", nn::Embedding(config.max_position_embeddings, config.hidden_size))),
      token_type_embeddings_(register_module("token_type_embeddings",
                                             nn::Embedding(config.type_vocab_size, config.hidden_size))),
      layer_norm_(register_module("LayerNorm", make_norm(config))),
      dropout_(register_module("dropout", nn::Dropout(config.hidden_dropout_prob))) {
  // Checkpoints of old releases hold these two. Only the names matter, so that they are not reported as
  // unexpected: forward() counts for itself, because Module::to(dtype) would cast integer buffers too.
  const auto row = nn::make_placeholder({1, config.max_position_embeddings}, at::kLong);
  register_buffer("position_ids", row, /*persistent=*/false);
  register_buffer("token_type_ids", row, /*persistent=*/false);
}

Tensor BertEmbeddingsImpl::forward(const NamedTensors& inputs, const InputShape& shape) {
  const Tensor ids = inputs.get("input_ids"), types = inputs.get("token_type_ids");
  const Tensor words = ids.defined() ? word_embeddings_(ids) : inputs.get("inputs_embeds");  // [B, S, E]
  const auto id_options = c10::TensorOptions().dtype(at::kLong).device(words.device());
  Tensor embeddings = words + token_type_embeddings_(types.defined() ? types : at::zeros({1, 1}, id_options));
  if (absolute_positions_) {
    const Tensor positions = inputs.get("position_ids");
    embeddings.add_(
        position_embeddings_(positions.defined() ? positions : default_positions(shape, words.device())));
  }
  return dropout_(layer_norm_(embeddings));
}

BertLayerImpl::BertLayerImpl(const BertConfig& config, int64_t index)
    : is_decoder_(config.is_decoder),
      scores_keys_(config.position_embedding_type == "relative_key_query"),
      chunk_size_(config.chunk_size_feed_forward),
      max_positions_(config.max_position_embeddings),
      activation_(nn::activation(config.hidden_act)),
      attention_(make_attention(*this, "attention", config, index, config.is_decoder)),
      attention_norm_(register_at("attention.output.LayerNorm", make_norm(config))),
      dropout_(register_module("dropout", nn::Dropout(config.hidden_dropout_prob))) {
  if (config.has_relative_positions()) {
    const int64_t head_size = config.hidden_size / config.num_attention_heads;
    distance_embedding_ = register_at("attention.self.distance_embedding",
                                      nn::Embedding(2 * config.max_position_embeddings - 1, head_size));
    attention_.set_score_bias([this](const auto&... arguments) { return relative_scores(arguments...); });
  }
  if (config.add_cross_attention) {
    crossattention_ = make_attention(*this, "crossattention", config, index, /*causal=*/false);
    crossattention_norm_ = register_at("crossattention.output.LayerNorm", make_norm(config));
  }
  intermediate_ = register_at("intermediate.dense", nn::Linear(config.hidden_size, config.intermediate_size));
  output_ = register_at("output.dense", nn::Linear(config.intermediate_size, config.hidden_size));
  output_norm_ = register_at("output.LayerNorm", make_norm(config));
}

nn::LayerOutput BertLayerImpl::compute(const Tensor& x, const nn::LayerInputs& inputs) {
  const nn::Attended attended = attention_.self(x, inputs);
  // Sums are in place: what they add to is a fresh tensor that no gradient needs.
  nn::LayerOutput output{attention_norm_(dropout_(attended.context).add_(x)), attended.probabilities, {}};
  if (inputs.encoder_states.defined()) {
    const nn::Attended crossed = crossattention_->cross(output.hidden_states, inputs);
    output.hidden_states = crossattention_norm_(dropout_(crossed.context).add_(output.hidden_states));
    output.cross_attentions = crossed.probabilities;
  }
  const auto feed_forward = [&](const Tensor& h) {
    return output_norm_(dropout_(output_(activation_(intermediate_(h)))).add_(h));
  };
  output.hidden_states = nn::apply_chunking_to_forward(feed_forward, chunk_size_, output.hidden_states);
  return output;
}

// What the distance between query l and key r contributes to their scaled score. With a cache the reference
// takes every query for the last one, also in the first pass over a whole text; see the README.
Tensor BertLayerImpl::relative_scores(const Tensor& query, const Tensor& key, const nn::LayerInputs& inputs) {
  const int64_t queries = query.size(2), keys = key.size(2), head_size = query.size(3);
  const auto options = c10::TensorOptions().dtype(at::kLong).device(query.device());
  const bool all_are_last = is_decoder_ && inputs.uses_cache;
  const Tensor left = at::arange(all_are_last ? keys - 1 : keys - queries, keys, options).view({-1, 1});
  const Tensor rows = left - at::arange(keys, options) + (max_positions_ - 1);    // [S|1, T]
  const Tensor distances = distance_embedding_(rows).to(query.scalar_type());     // [S|1, T, D]
  Tensor scores = at::einsum("bhld,lrd->bhlr", {query, distances});               // [B, H, S, T]
  if (scores_keys_) scores.add_(at::einsum("bhrd,lrd->bhlr", {key, distances}));  // [B, H, S|1, T]
  return scores.div_(std::sqrt(static_cast<double>(head_size)));
}

BertModel::BertModel(std::shared_ptr<BertConfig> config, bool add_pooling_layer)
    : BertPreTrainedModel(config),
      embeddings_(register_module("embeddings", BertEmbeddings(*config))),
      encoder_(register_at("encoder.layer", nn::LayerStack(config->num_hidden_layers, [&](int64_t i) {
                             return std::make_shared<BertLayerImpl>(*config, i);
                           }))) {
  if (add_pooling_layer)
    pooler_ = register_at("pooler.dense", nn::Linear(config->hidden_size, config->hidden_size));
}

InputTable BertModel::inputs() const {
  using enum Input::Kind;
  using enum Input::Role;
  const BertConfig& c = config();
  const bool relative = c.has_relative_positions();
  return {.inputs = {{"input_ids", "B S", kIds, c.vocab_size, kSequence},
                     {"attention_mask", "B? K | B? S? K", kMask},
                     {"token_type_ids", "B? S", kIds, c.type_vocab_size},
                     {"position_ids", "B? S", kIds, relative ? 0 : c.max_position_embeddings},
                     {"head_mask", "H | L H", kHeadMask},
                     {"inputs_embeds", "B S E", kStates, 0, kSequence},
                     {"encoder_hidden_states", "B T E", kStates, 0, kEncoder},
                     {"encoder_attention_mask", "B? T | B? S? T", kMask, 0, kEncoder}},
          .sizes = {{'E', c.hidden_size}, {'H', c.num_attention_heads}, {'L', c.num_hidden_layers}},
          .cross_attention = !c.is_decoder           ? CrossAttention::kIgnored
                             : c.add_cross_attention ? CrossAttention::kUsed
                                                     : CrossAttention::kRefused,
          .max_positions = c.max_position_embeddings,
          .counts_distances = relative};
}

BackboneOutput BertModel::run(const NamedTensors& inputs, const ForwardOptions& options) {
  const BertConfig& c = config();
  ForwardPlan plan = plan_forward(*this, this->inputs(), inputs, options,
                                  {.fallback = FusedFallback::kEager,
                                   .can_fuse = !c.has_relative_positions(),
                                   .keeps_cache = c.is_decoder,
                                   .use_cache = c.use_cache});
  plan.layers.mask = c.is_decoder ? extended_causal_mask(plan.masks) : bidirectional_mask(plan.masks);
  BackboneOutput output = encoder_(embeddings_(inputs, plan.shape), plan.layers, plan.output_hidden_states);
  if (pooler_) output.pooler_output = pooler_(output.last_hidden_state.select(1, 0)).tanh();
  return output;
}

}  // namespace modelhost::plugins::bert
