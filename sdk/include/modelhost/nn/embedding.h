// A table of vectors, looked up by integer ids.
#pragma once

#include <optional>

#include "modelhost/nn/module.h"

namespace modelhost::nn {

/// As torch.nn.Embedding. Parameter: `weight` [num_embeddings, embedding_dim]. The row `padding_idx` receives
/// no gradient and is zeroed by weight initialisation.
class EmbeddingImpl : public Module {
 public:
  /// Errors: kConfigInconsistent when padding_idx is not a row.
  EmbeddingImpl(int64_t num_embeddings, int64_t embedding_dim, std::optional<int64_t> padding_idx = {});

  /// ids (int64 or int32) [...] -> [..., embedding_dim]. Errors: kModelInput when an id is not a row.
  Tensor forward(const Tensor& ids);

  int64_t num_embeddings() const { return weight_.size(0); }
  int64_t embedding_dim() const { return weight_.size(1); }
  std::optional<int64_t> padding_idx() const { return padding_idx_; }
  const Tensor& weight() const { return weight_; }

  /// From now on this table has the very weight of `other`, the same tensor object, and its padding row.
  void adopt(const EmbeddingImpl& other);
  /// No row is a padding row any more.
  void clear_padding_idx() { padding_idx_.reset(); }
  /// Whether results require gradients even where the weight does not, so that gradients flow through a model
  /// whose embeddings are frozen.
  void require_grads(bool value) { requires_grads_ = value; }

 private:
  Tensor weight_;
  bool requires_grads_ = false;
  std::optional<int64_t> padding_idx_;
};
MODELHOST_MODULE(Embedding);

}  // namespace modelhost::nn
