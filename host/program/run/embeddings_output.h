// The forms in which embeddings are given out. N texts, E dimensions.
#pragma once

#include <ATen/core/Tensor.h>

#include <ostream>
#include <span>
#include <string>

namespace modelhost::host {

/// A table of cosine similarities for a person; for many texts, each one's nearest neighbour instead.
void write_similarity_table(std::ostream& out, std::span<const std::string> texts,
                            const at::Tensor& embeddings);

/// One line a text: {"text": "…", "embedding": [0.1, …]}, numbers in the shortest form that reads back equal.
void write_jsonl(std::ostream& out, std::span<const std::string> texts, const at::Tensor& embeddings);

/// NumPy's format 1.0: float32 [N, E].
void write_npy(std::ostream& out, const at::Tensor& embeddings);

}  // namespace modelhost::host
