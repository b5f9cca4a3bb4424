#include "distilbert_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>

#include <cmath>

#include "modelhost/model/attention_mask.h"
#include "modelhost/model/input_checks.h"

namespace example::distilbert {
namespace {

constexpr double kEps = 1e-12;

}  // namespace

EmbeddingsImpl::EmbeddingsImpl(const DistilBertConfig& config)
    : word_embeddings_(register_module("word_embeddings",
                                       nn::Embedding(config.vocab_size, config.dim, config.pad_token_id))),
      position_embeddings_(
          register_module("position_embeddings", nn::Embedding(config.max_position_embeddings, config.dim))),
      layer_norm_(register_module("LayerNorm", nn::LayerNorm(config.dim, kEps))),
      dropout_(register_module("dropout", nn::Dropout(config.dropout))) {}

Tensor EmbeddingsImpl::forward(const Tensor& ids, const Tensor& vectors) {
  const Tensor words = vectors.defined() ? vectors : word_embeddings_(ids);
  const auto options = c10::TensorOptions().dtype(at::kLong).device(words.device());
  return dropout_(layer_norm_(words + position_embeddings_(at::arange(words.size(1), options))));
}

// [attention]
MultiHeadSelfAttentionImpl::MultiHeadSelfAttentionImpl(const DistilBertConfig& config)
    : n_heads_(config.n_heads),
      head_size_(config.dim / config.n_heads),
      q_lin_(register_module("q_lin", nn::Linear(config.dim, config.dim))),
      k_lin_(register_module("k_lin", nn::Linear(config.dim, config.dim))),
      v_lin_(register_module("v_lin", nn::Linear(config.dim, config.dim))),
      out_lin_(register_module("out_lin", nn::Linear(config.dim, config.dim))),
      dropout_(register_module("dropout", nn::Dropout(config.attention_dropout))) {}

std::pair<Tensor, Tensor> MultiHeadSelfAttentionImpl::forward(const Tensor& x, const Tensor& mask,
                                                              const Tensor& head_mask) {
  const Tensor query = split_heads(q_lin_(x)) / std::sqrt(static_cast<double>(head_size_));
  const Tensor scores = at::matmul(query, split_heads(k_lin_(x)).transpose(2, 3)) + mask;
  Tensor weights = dropout_(scores.softmax(-1));
  if (head_mask.defined()) weights = weights * head_mask;
  const Tensor context = at::matmul(weights, split_heads(v_lin_(x)));  // [B, H, S, D]
  return {out_lin_(context.transpose(1, 2).flatten(2)), weights};
}

Tensor MultiHeadSelfAttentionImpl::split_heads(const Tensor& x) const {
  return x.view({x.size(0), x.size(1), n_heads_, head_size_}).transpose(1, 2);
}
// [attention]

FFNImpl::FFNImpl(const DistilBertConfig& config)
    : lin1_(register_module("lin1", nn::Linear(config.dim, config.hidden_dim))),
      lin2_(register_module("lin2", nn::Linear(config.hidden_dim, config.dim))),
      activation_(nn::activation(config.activation)),
      dropout_(register_module("dropout", nn::Dropout(config.dropout))) {}

TransformerBlockImpl::TransformerBlockImpl(const DistilBertConfig& config)
    : attention_(register_module("attention", MultiHeadSelfAttention(config))),
      sa_layer_norm_(register_module("sa_layer_norm", nn::LayerNorm(config.dim, kEps))),
      ffn_(register_module("ffn", FFN(config))),
      output_layer_norm_(register_module("output_layer_norm", nn::LayerNorm(config.dim, kEps))) {}

TransformerBlockImpl::TensorList TransformerBlockImpl::forward(const TensorList& inputs) {
  return checkpointed(inputs, [this](const TensorList& own) { return compute(own); });
}

TransformerBlockImpl::TensorList TransformerBlockImpl::compute(const TensorList& inputs) {
  const auto [context, weights] = attention_(inputs[0], inputs[1], inputs[2]);
  const Tensor attended = sa_layer_norm_(context + inputs[0]);
  return {output_layer_norm_(ffn_(attended) + attended), weights};
}

TransformerImpl::TransformerImpl(const DistilBertConfig& config)
    : layer_(register_module("layer", std::make_shared<nn::ModuleListImpl<TransformerBlockImpl>>())) {
  for (int64_t i = 0; i < config.n_layers; ++i)
    layer_->push_back(std::make_shared<TransformerBlockImpl>(config));
}

DistilBertModel::DistilBertModel(std::shared_ptr<DistilBertConfig> config)
    : DistilBertPreTrainedModel(config),
      embeddings_(register_module("embeddings", Embeddings(*config))),
      transformer_(register_module("transformer", Transformer(*config))) {}

std::vector<nn::AttentionHeads> DistilBertModel::attention_heads() {
  std::vector<nn::AttentionHeads> heads;
  for (const auto& block : transformer_->layers()) heads.push_back(block->heads());
  return heads;
}

std::vector<std::string> DistilBertModel::input_names() const {
  return {"input_ids", "attention_mask", "head_mask", "inputs_embeds"};
}

// [forward]
NamedTensors DistilBertModel::forward(const NamedTensors& inputs, const ForwardOptions& options) {
  const Tensor ids = inputs.get("input_ids"), vectors = inputs.get("inputs_embeds");
  if (ids.defined() == vectors.defined()) {
    throw modelhost::input_error("the model needs exactly one of input_ids and inputs_embeds", "input_ids",
                                 "one of the two", ids.defined() ? "both" : "neither");
  }
  auto& layers = transformer_->layers();
  Tensor x = embeddings_(ids, vectors);  // [B, S, E]
  const Tensor given = inputs.get("attention_mask");
  const Tensor mask = modelhost::invert_attention_mask(
      given.defined() ? given : at::ones({x.size(0), x.size(1)}, x.options()), x.scalar_type());
  const Tensor head_mask = modelhost::get_head_mask(inputs.get("head_mask"), layers.size(), x.scalar_type());

  std::vector<Tensor> states = {x}, attentions;
  for (int64_t i = 0; i < layers.size(); ++i) {
    const Tensor own_mask = head_mask.defined() ? head_mask[i] : Tensor();
    const auto output = nn::call(layers[i], std::vector{states.back(), mask, own_mask});
    states.push_back(output[0]);
    attentions.push_back(output[1]);
  }
  NamedTensors outputs{{"last_hidden_state", states.back()}};
  for (std::size_t i = 0; i < states.size() && wants_hidden_states(options); ++i)
    outputs.set("hidden_states." + std::to_string(i), states[i]);
  for (std::size_t i = 0; i < attentions.size() && wants_attentions(options); ++i)
    outputs.set("attentions." + std::to_string(i), attentions[i]);
  return outputs;
}
// [forward]

}  // namespace example::distilbert
