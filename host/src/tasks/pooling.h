// Token vectors to sentence vectors, as sentence-transformers' Pooling and Normalize modules.
// B texts, S tokens, E vector size.
#pragma once

#include <ATen/core/Tensor.h>

#include "modelhost/host/tasks/sentence_config.h"

namespace modelhost::host {

/// hidden [B, S, E], mask [B, S] (1 for tokens, 0 for padding, on the right)
/// -> [B, E × number of modes], float32.
at::Tensor pool_sentences(const at::Tensor& hidden, const at::Tensor& mask, const SentenceConfig& config);

}  // namespace modelhost::host
