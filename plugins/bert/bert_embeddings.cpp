#include "bert_embeddings.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>

namespace modelhost::plugins::bert {

BertEmbeddingsImpl::BertEmbeddingsImpl(const BertConfig& config)
    : absolute_positions_(!config.has_relative_positions()),
      word_embeddings_(register_module(
          "word_embeddings", nn::Embedding(config.vocab_size, config.hidden_size, config.pad_token_id))),
      position_embeddings_(register_module(
          "position_embeddings", nn::Embedding(config.max_position_embeddings, config.hidden_size))),
      token_type_embeddings_(register_module("token_type_embeddings",
                                             nn::Embedding(config.type_vocab_size, config.hidden_size))),
      layer_norm_(register_module("LayerNorm", nn::LayerNorm(config.hidden_size, config.layer_norm_eps))),
      dropout_(register_module("dropout", nn::Dropout(config.hidden_dropout_prob))) {
  // Checkpoints of old releases hold these two. Only the names matter, so that they are not reported as
  // unexpected: forward() counts for itself, because Module::to(dtype) would cast integer buffers too.
  const auto row = nn::make_placeholder({1, config.max_position_embeddings}, at::kLong);
  register_buffer("position_ids", row, /*persistent=*/false);
  register_buffer("token_type_ids", row, /*persistent=*/false);
}

Tensor BertEmbeddingsImpl::forward(const Tensor& input_ids, const Tensor& token_type_ids,
                                   const Tensor& position_ids, const Tensor& inputs_embeds) {
  const Tensor words = inputs_embeds.defined() ? inputs_embeds : word_embeddings_(input_ids);  // [B, S, E]
  const auto id_options = c10::TensorOptions().dtype(at::kLong).device(words.device());
  const Tensor types = token_type_ids.defined() ? token_type_ids : at::zeros({1, 1}, id_options);

  Tensor embeddings = words + token_type_embeddings_(types);
  if (absolute_positions_) {
    const Tensor positions = position_ids.defined() ? position_ids : at::arange(words.size(1), id_options);
    embeddings.add_(position_embeddings_(positions));
  }
  return dropout_(layer_norm_(embeddings));
}

}  // namespace modelhost::plugins::bert
