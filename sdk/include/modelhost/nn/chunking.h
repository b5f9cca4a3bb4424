// The same result with less memory: a part of the sequence at a time.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>

#include <vector>

namespace modelhost::nn {

/// Errors: kModelInput when `length` is no multiple of `chunk_size`.
void check_chunks(int64_t chunk_size, int64_t length);

/// compute(x), for x [B, S, E] and a computation that looks at each position alone; with a `chunk_size` of
/// the config above 0 on that many positions at a time. Follows `apply_chunking_to_forward`. Errors: those of
/// check_chunks.
template <typename Compute>
at::Tensor apply_chunking_to_forward(Compute&& compute, int64_t chunk_size, const at::Tensor& x) {
  if (chunk_size <= 0) return compute(x);
  check_chunks(chunk_size, x.size(1));
  std::vector<at::Tensor> chunks;
  for (const at::Tensor& chunk : x.split(chunk_size, 1)) chunks.push_back(compute(chunk));
  return at::cat(chunks, 1);
}

}  // namespace modelhost::nn
