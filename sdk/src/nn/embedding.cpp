#include "modelhost/nn/embedding.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/embedding.h>

#include "modelhost/base/error_codes.h"

namespace modelhost::nn {
namespace {

Error row_error(const Tensor& ids, int64_t rows) {
  return Error(codes::kModelInput, "an id is not a row of the embedding")
      .expected("ids from 0 to " + std::to_string(rows - 1))
      .got("ids from " + std::to_string(ids.min().item<int64_t>()) + " to " +
           std::to_string(ids.max().item<int64_t>()))
      .fix("use the tokenizer that belongs to this checkpoint");
}

}  // namespace

EmbeddingImpl::EmbeddingImpl(int64_t num_embeddings, int64_t embedding_dim,
                             std::optional<int64_t> padding_idx)
    : weight_(declare_parameter("weight", {num_embeddings, embedding_dim})), padding_idx_(padding_idx) {
  if (!padding_idx) return;
  if (*padding_idx >= num_embeddings || *padding_idx < -num_embeddings) {
    throw Error(codes::kConfigInconsistent, "the padding id is not a row of the embedding")
        .key("pad_token_id")
        .expected("an id below the vocabulary size " + std::to_string(num_embeddings))
        .got(std::to_string(*padding_idx));
  }
  if (*padding_idx < 0) padding_idx_ = *padding_idx + num_embeddings;
}

void EmbeddingImpl::adopt(const EmbeddingImpl& other) {
  weight_ = other.weight_;
  padding_idx_ = other.padding_idx_;
  replace_parameter("weight", weight_);
}

Tensor EmbeddingImpl::forward(const Tensor& ids) {
  try {
    const Tensor rows = at::embedding(weight_, ids, padding_idx_.value_or(-1));
    if (requires_grads_ && at::GradMode::is_enabled()) rows.requires_grad_(true);
    return rows;
  } catch (const c10::IndexError&) {
    throw row_error(ids, num_embeddings());
  }
}

}  // namespace modelhost::nn
