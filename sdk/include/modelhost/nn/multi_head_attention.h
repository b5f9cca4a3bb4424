// Attention with its projections, under whatever names an architecture has for them.
//
// Legend: B batch, S queries, T keys, E hidden size, H heads, G key-value heads, D head size.
#pragma once

#include <functional>
#include <string>

#include "modelhost/nn/linear.h"
#include "modelhost/nn/transformer_layer.h"

namespace modelhost::nn {

/// Names below the module that owns the attention, e.g. "attention.self.query".
struct AttentionNames {
  std::string query, key, value, output;
};

struct AttentionSizes {
  int64_t hidden;         ///< E, what queries are made from and the output has
  int64_t heads;          ///< H
  int64_t head_size = 0;  ///< D; 0: E / H
  int64_t kv_heads = 0;   ///< G; 0: H
  int64_t source = 0;     ///< what keys and values are made from; 0: E
  bool bias = true;       ///< of query, key and value
  bool output_bias = true;
};

/// Query, key, value and output projection and what is computed between them. No module of its own: the
/// projections belong to the module that is given, under the names that are given.
class MultiHeadAttention {
 public:
  /// `layer`: which entry of a cache is this attention's.
  MultiHeadAttention(Module& owner, const AttentionNames& names, const AttentionSizes& sizes,
                     const AttentionOptions& options, int64_t layer);

  /// Self attention: x [B, S, E] -> context [B, S, E] behind the output projection, and probabilities.
  Attended self(const Tensor& x, const LayerInputs& inputs) const;

  /// Cross attention to `inputs.encoder_states`, likewise.
  Attended cross(const Tensor& x, const LayerInputs& inputs) const;

  /// A bias that depends on queries [B, H, S, D] and keys [B, G, T, D] of self attention, or on their number:
  /// -> [B|1, H|1, S|1, T]. It is added to scaled scores.
  using ScoreBias = std::function<Tensor(const Tensor& query, const Tensor& key, const LayerInputs& inputs)>;
  void set_score_bias(ScoreBias bias) { score_bias_ = std::move(bias); }

  /// Unset where key-value heads serve several queries: such heads cannot be pruned one by one.
  std::optional<AttentionHeads> heads();

 private:
  KeyValues project(const Tensor& source) const;
  Attended finish(const Tensor& query, const KeyValues& source, const AttentionArguments& arguments) const;

  Module* owner_;
  mutable Linear query_, key_, value_, output_;
  AttentionOptions options_;
  int64_t heads_, head_size_, layer_;
  bool groups_;
  ScoreBias score_bias_;
};

}  // namespace modelhost::nn
