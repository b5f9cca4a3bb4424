// Attention: one place that takes queries, keys, values and what restricts them.
//
// Legend: B batch, S queries, T keys, H heads, G key-value heads (a divisor of H), D head size. "B|1" means
// either.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace modelhost::nn {

/// How attention is computed: term by term, or by the fused kernel (`eager` and `sdpa` of transformers).
/// Decided once a forward, by `attention_path` (model/layer_inputs.h), because masks depend on it.
enum class AttentionPath { kEager, kFused };

/// What an attention module is, whatever it is called with.
struct AttentionOptions {
  double scale = 0;               ///< factor of query times key; 0: they are divided by the root of D
  bool causal = false;            ///< without a mask, a query sees no later key
  bool always_causal = false;     ///< eager only: nor does it with one, whatever the mask says (GPT-2)
  double dropout = 0;             ///< of probabilities, in train mode
  double softcap = 0;             ///< scores become softcap * tanh(scores / softcap); always eager. 0: no cap
  bool softmax_in_float = false;  ///< eager only: probabilities are computed in float32
  bool scores_in_float = false;   ///< eager only: and scores before them (`reorder_and_upcast_attn`)
};

/// What restricts one call. Undefined tensors are absent.
struct AttentionArguments {
  AttentionPath path = AttentionPath::kEager;
  at::Tensor mask;       ///< [B|1, H|1, S|1, T], added to scaled scores; or booleans, true = look
  at::Tensor bias;       ///< [B|1, H|1, S|1, T], added to scaled scores: relative positions
  at::Tensor head_mask;  ///< factors of probabilities, [B|1, H, S|1, T|1]; eager only
  bool output_attentions = false;
  bool training = false;
};

struct Attended {
  at::Tensor context;  ///< [B, S, H * D]
  at::Tensor
      probabilities;  ///< [B, H, S, T]: always of eager attention; of the fused kernel only when wanted
};

/// query [B, H, S, D], key and value [B, G, T, D]. With a cache T is larger than S; the queries are the last
/// keys then. Eager: scores = scale * query keyᵀ, soft cap, + bias, + mask, softmax, dropout, head mask,
/// times value, in the order of transformers' `eager_attention_forward`. Fused: scaled_dot_product_attention;
/// where probabilities are wanted they are computed once more, before dropout, and change no other result.
Attended attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                const AttentionOptions& options, const AttentionArguments& arguments);

/// The lowest finite value of a floating dtype: `torch.finfo(dtype).min`. Errors: kModelInput for other
/// dtypes.
double lowest_value(c10::ScalarType dtype);

/// [B, S, H * D] -> [B, H, S, D], a view. H may be what pruning left.
at::Tensor split_heads(const at::Tensor& x, int64_t head_size);

}  // namespace modelhost::nn
