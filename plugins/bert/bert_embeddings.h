// Token, position and segment embeddings.
//
// Legend of the plugin: B batch, S sequence of the queries, T sequence of the keys, E hidden size, H heads,
// D head size, F intermediate size, L layers, V vocabulary, C classes. "B|1" means either.
#pragma once

#include "bert_config.h"
#include "modelhost/nn/dropout.h"
#include "modelhost/nn/embedding.h"
#include "modelhost/nn/layer_norm.h"

namespace modelhost::plugins::bert {

using at::Tensor;

/// LayerNorm(word + token type + position), the last only with absolute positions.
class BertEmbeddingsImpl : public nn::Module {
 public:
  explicit BertEmbeddingsImpl(const BertConfig& config);

  /// Exactly one of input_ids [B, S] and inputs_embeds [B, S, E] is defined. token_type_ids and position_ids
  /// [B|1, S] may be undefined: zeros, and 0 … S - 1. -> [B, S, E]
  Tensor forward(const Tensor& input_ids, const Tensor& token_type_ids, const Tensor& position_ids,
                 const Tensor& inputs_embeds);

  nn::EmbeddingImpl& word_embeddings() { return *word_embeddings_; }
  c10::ScalarType dtype() const { return word_embeddings_->weight().scalar_type(); }

 private:
  bool absolute_positions_;
  nn::Embedding word_embeddings_, position_embeddings_, token_type_embeddings_;
  nn::LayerNorm layer_norm_;
  nn::Dropout dropout_;
};
MODELHOST_MODULE(BertEmbeddings);

}  // namespace modelhost::plugins::bert
