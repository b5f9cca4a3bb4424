// Keys and values of tokens that a model has seen, so that the next token costs one step and not the whole
// text.
//
// Legend: B batch, S new tokens, T tokens in all, G key-value heads, D head size.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace modelhost::nn {

struct KeyValues {
  at::Tensor keys, values;  ///< [B, G, T, D]
};

/// transformers' `Cache`, the `past_key_values` of a forward. One object holds all layers of one batch of
/// texts; it belongs to the caller, who passes it to each forward (ForwardOptions::past_key_values). Not safe
/// from several threads at once.
class Cache {
 public:
  virtual ~Cache() = default;

  /// Appends what a layer computed for the new tokens, keys and values [B, G, S, D], and returns what the new
  /// queries attend to. Called once a layer and forward, in the order of the layers.
  virtual KeyValues update(int64_t layer, const at::Tensor& keys, const at::Tensor& values) = 0;

  /// Keys and values of a layer's cross attention: `compute` is called the first time, for an encoder's
  /// states do not change while a text is decoded.
  virtual KeyValues cross(int64_t layer, const std::function<KeyValues()>& compute) = 0;

  /// How many tokens were seen (not how many are kept, where a kind of cache forgets).
  virtual int64_t length() const = 0;

  /// Row i becomes what row rows[i] was; `rows` int64 [B'], any list of rows: beam search picks, repeats and
  /// drops.
  virtual void reorder(const at::Tensor& rows) = 0;

  /// Forgets all but the first `length` tokens; a negative number forgets that many at the end. Cross
  /// attention stays. Does nothing where fewer are there.
  virtual void crop(int64_t length) = 0;

  /// Forgets everything.
  virtual void reset() = 0;
};

/// Grows with the text (transformers' DynamicCache, and EncoderDecoderCache where there is cross attention).
/// Memory grows by doubling, so that a token costs what it holds; while gradients are recorded for keys,
/// tensors are concatenated instead, which their backward pass needs.
class DynamicCache : public Cache {
 public:
  KeyValues update(int64_t layer, const at::Tensor& keys, const at::Tensor& values) override;
  KeyValues cross(int64_t layer, const std::function<KeyValues()>& compute) override;
  int64_t length() const override;
  void reorder(const at::Tensor& rows) override;
  void crop(int64_t length) override;
  void reset() override;

 private:
  struct Layer {
    at::Tensor keys, values;  ///< blocks [B, G, capacity, D]; the first `length` positions are taken
    int64_t length = 0;
  };
  Layer& layer(int64_t index);

  std::vector<Layer> layers_;
  std::vector<KeyValues> cross_;
};

}  // namespace modelhost::nn
