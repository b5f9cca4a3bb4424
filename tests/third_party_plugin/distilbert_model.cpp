#include "distilbert_model.h"

#include "modelhost/nn/chunking.h"

namespace example::distilbert {

constexpr double kNormEps = 1e-12;

// [layer]
TransformerBlockImpl::TransformerBlockImpl(const DistilBertConfig& config, int64_t index)
    : chunk_size_(config.chunk_size_feed_forward),
      attention_(*this, {"attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"},
                 {.hidden = config.dim, .heads = config.n_heads}, {.dropout = config.attention_dropout},
                 index),
      sa_layer_norm_(register_module("sa_layer_norm", nn::LayerNorm(config.dim, kNormEps))),
      output_layer_norm_(register_module("output_layer_norm", nn::LayerNorm(config.dim, kNormEps))),
      lin1_(register_at("ffn.lin1", nn::Linear(config.dim, config.hidden_dim))),
      lin2_(register_at("ffn.lin2", nn::Linear(config.hidden_dim, config.dim))),
      activation_(nn::activation(config.activation)),
      dropout_(register_module("dropout", nn::Dropout(config.dropout))) {}

nn::LayerOutput TransformerBlockImpl::compute(const Tensor& x, const nn::LayerInputs& inputs) {
  const nn::Attended attended = attention_.self(x, inputs);
  const Tensor h = sa_layer_norm_(attended.context + x);  // [B, S, E]
  const auto feed_forward = [this](const Tensor& part) { return dropout_(lin2_(activation_(lin1_(part)))); };
  const Tensor fed = nn::apply_chunking_to_forward(feed_forward, chunk_size_, h);
  return {output_layer_norm_(fed + h), attended.probabilities, {}};
}
// [layer]

DistilBertModel::DistilBertModel(std::shared_ptr<DistilBertConfig> config)
    : DistilBertPreTrainedModel(config),
      word_embeddings_(register_at("embeddings.word_embeddings",
                                   nn::Embedding(config->vocab_size, config->dim, config->pad_token_id))),
      position_embeddings_(register_at("embeddings.position_embeddings",
                                       nn::Embedding(config->max_position_embeddings, config->dim))),
      layer_norm_(register_at("embeddings.LayerNorm", nn::LayerNorm(config->dim, kNormEps))),
      dropout_(register_module("dropout", nn::Dropout(config->dropout))),
      layer_(register_at("transformer.layer", nn::LayerStack(config->n_layers, [&](int64_t index) {
                           return std::make_shared<TransformerBlockImpl>(*config, index);
                         }))) {}

// [inputs]
modelhost::InputTable DistilBertModel::inputs() const {
  using enum modelhost::Input::Kind;
  using enum modelhost::Input::Role;
  const DistilBertConfig& c = config();
  return {.inputs = {{"input_ids", "B S", kIds, c.vocab_size, kSequence},
                     {"attention_mask", "B? S", kMask},
                     {"head_mask", "H | L H", kHeadMask},
                     {"inputs_embeds", "B S E", kStates, 0, kSequence}},
          .sizes = {{'E', c.dim}, {'H', c.n_heads}, {'L', c.n_layers}},
          .max_positions = c.max_position_embeddings};
}
// [inputs]

// [forward]
BackboneOutput DistilBertModel::run(const NamedTensors& inputs, const ForwardOptions& options) {
  modelhost::ForwardPlan plan =
      modelhost::plan_forward(*this, this->inputs(), inputs, options,
                              {.fallback = modelhost::FusedFallback::kEager, .keeps_cache = false});
  plan.layers.mask = modelhost::bidirectional_mask(plan.masks);
  const Tensor ids = inputs.get("input_ids");
  const Tensor words = ids.defined() ? word_embeddings_(ids) : inputs.get("inputs_embeds");  // [B, S, E]
  const Tensor positions = modelhost::default_positions(plan.shape, words.device());         // [1, S]
  const Tensor x = dropout_(layer_norm_(words + position_embeddings_(positions)));
  return layer_(x, plan.layers, plan.output_hidden_states);
}
// [forward]

}  // namespace example::distilbert
