#include "pooling.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

#include <vector>

namespace modelhost::host {
namespace {

using at::Tensor;

constexpr double kTiny = 1e-9;       // sentence-transformers' guard against texts without tokens
constexpr double kNormTiny = 1e-12;  // torch.nn.functional.normalize's

Tensor last_token(const Tensor& hidden, const Tensor& mask) {
  const Tensor positions = at::arange(1, mask.size(1) + 1, mask.options());
  const Tensor index = (mask * positions).argmax(1).view({-1, 1, 1}).expand({-1, 1, hidden.size(2)});
  return hidden.gather(1, index).squeeze(1) * mask.amax(1, /*keepdim=*/true).to(hidden.scalar_type());
}

// Sum of token vectors, each times its weight [B, S]: a batched product, no [B, S, E] intermediate.
Tensor weighted_sum(const Tensor& hidden, const Tensor& weights) {
  return weights.unsqueeze(1).matmul(hidden).squeeze(1);  // [B, 1, S] x [B, S, E] -> [B, E]
}

Tensor pool_one(const Tensor& hidden, const Tensor& mask, Pooling mode) {
  const Tensor weights = mask.to(hidden.scalar_type());  // [B, S]
  switch (mode) {
    case Pooling::kCls:
      return hidden.select(1, 0);
    case Pooling::kMax:
      return hidden.masked_fill(mask.eq(0).unsqueeze(-1), -1e9).amax(1);
    case Pooling::kMean:
      return weighted_sum(hidden, weights) / weights.sum(1, true).clamp_min(kTiny);
    case Pooling::kMeanSqrtLen:
      return weighted_sum(hidden, weights) / weights.sum(1, true).clamp_min(kTiny).sqrt();
    case Pooling::kWeightedMean: {
      const Tensor by_position = weights * at::arange(1, mask.size(1) + 1, weights.options());
      return weighted_sum(hidden, by_position) / by_position.sum(1, true).clamp_min(kTiny);
    }
    case Pooling::kLastToken:
      return last_token(hidden, mask);
  }
  return {};
}

}  // namespace

Tensor pool_sentences(const Tensor& hidden, const Tensor& mask, const SentenceConfig& config) {
  const Tensor vectors = hidden.to(at::kFloat);
  std::vector<Tensor> parts;
  for (const Pooling mode : config.pooling) parts.push_back(pool_one(vectors, mask, mode));
  const Tensor pooled = at::cat(parts, 1);
  if (!config.normalize) return pooled;
  return pooled / pooled.norm(2, 1, /*keepdim=*/true).clamp_min(kNormTiny);
}

}  // namespace modelhost::host
