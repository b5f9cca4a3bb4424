#include "modelhost/nn/multi_head_attention.h"

namespace modelhost::nn {
namespace {

int64_t or_else(int64_t value, int64_t fallback) {
  return value == 0 ? fallback : value;
}

Linear projection(Module& owner, const std::string& name, int64_t in, int64_t out, bool bias) {
  return Linear(owner.register_at(name, Linear(in, out, bias)));
}

}  // namespace

MultiHeadAttention::MultiHeadAttention(Module& owner, const AttentionNames& names,
                                       const AttentionSizes& sizes, const AttentionOptions& options,
                                       int64_t layer)
    : owner_(&owner),
      query_(nullptr),
      key_(nullptr),
      value_(nullptr),
      output_(nullptr),
      options_(options),
      heads_(sizes.heads),
      head_size_(or_else(sizes.head_size, sizes.hidden / sizes.heads)),
      layer_(layer),
      groups_(or_else(sizes.kv_heads, sizes.heads) != sizes.heads) {
  const int64_t width = heads_ * head_size_, kv_width = or_else(sizes.kv_heads, heads_) * head_size_;
  const int64_t source = or_else(sizes.source, sizes.hidden);
  query_ = projection(owner, names.query, sizes.hidden, width, sizes.bias);
  key_ = projection(owner, names.key, source, kv_width, sizes.bias);
  value_ = projection(owner, names.value, source, kv_width, sizes.bias);
  output_ = projection(owner, names.output, width, sizes.hidden, sizes.output_bias);
}

KeyValues MultiHeadAttention::project(const Tensor& source) const {
  return {split_heads(key_(source), head_size_), split_heads(value_(source), head_size_)};
}

Attended MultiHeadAttention::finish(const Tensor& query, const KeyValues& source,
                                    const AttentionArguments& arguments) const {
  Attended attended = attend(query, source.keys, source.values, options_, arguments);
  attended.context = output_(attended.context);
  return attended;
}

Attended MultiHeadAttention::self(const Tensor& x, const LayerInputs& inputs) const {
  const Tensor query = rotate(split_heads(query_(x), head_size_), inputs.rotation);  // [B, H, S, D]
  KeyValues own = project(x);                                                        // [B, G, S, D]
  own.keys = rotate(own.keys, inputs.rotation);
  if (inputs.cache) own = inputs.cache->update(layer_, own.keys, own.values);  // [B, G, T, D]
  AttentionArguments arguments = inputs.self_arguments(owner_->is_training());
  if (score_bias_) {
    const Tensor bias = score_bias_(query, own.keys, inputs);
    arguments.bias = arguments.bias.defined() ? arguments.bias + bias : bias;
  }
  return finish(query, own, arguments);
}

Attended MultiHeadAttention::cross(const Tensor& x, const LayerInputs& inputs) const {
  const Tensor query = split_heads(query_(x), head_size_);
  const auto compute = [&] { return project(inputs.encoder_states); };
  const KeyValues source = inputs.cache ? inputs.cache->cross(layer_, compute) : compute();
  return finish(query, source, inputs.cross_arguments(owner_->is_training()));
}

std::optional<AttentionHeads> MultiHeadAttention::heads() {
  if (groups_) return std::nullopt;
  return AttentionHeads{&heads_, head_size_, {{query_.get()}, {key_.get()}, {value_.get()}}, {output_.get()}};
}

}  // namespace modelhost::nn
