#include "modelhost/nn/cache.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <sstream>

#include "modelhost/base/error.h"
#include "modelhost/base/error_codes.h"

namespace modelhost::nn {
namespace {

using at::Tensor;

constexpr int64_t kFirstCapacity = 64;  // tokens

Tensor taken(const Tensor& block, int64_t length) {
  return block.narrow(2, 0, length);
}

// `more` behind the first `length` positions of `block`, which is undefined at first.
Tensor grown(const Tensor& block, int64_t length, const Tensor& more) {
  const int64_t wanted = length + more.size(2);
  if (at::GradMode::is_enabled() && (more.requires_grad() || (block.defined() && block.requires_grad())))
    return block.defined() ? at::cat({taken(block, length), more}, 2) : more;
  Tensor target = block;
  const bool writable = block.defined() && !block.requires_grad() && block.size(2) >= wanted;
  if (!writable) {
    std::vector<int64_t> shape = more.sizes().vec();
    shape[2] = std::max({wanted, 2 * length, kFirstCapacity});
    target = at::empty(shape, more.options().requires_grad(false));
    if (block.defined()) target.narrow(2, 0, length).copy_(taken(block, length).detach());
  }
  target.narrow(2, length, more.size(2)).copy_(more.detach());
  return target;
}

void check_fits(const Tensor& block, const Tensor& more) {
  if (!block.defined()) return;
  const bool fits = block.size(0) == more.size(0) && block.size(1) == more.size(1) &&
                    block.size(3) == more.size(3) && block.scalar_type() == more.scalar_type();
  if (fits) return;
  std::ostringstream expected, got;
  expected << "keys as [" << block.size(0) << ", " << block.size(1) << ", S, " << block.size(3) << "] in "
           << c10::toString(block.scalar_type());
  got << more.sizes() << " in " << c10::toString(more.scalar_type());
  throw Error(codes::kModelInput, "the cache holds the tokens of another batch or model")
      .key("past_key_values")
      .expected(expected.str())
      .got(got.str())
      .fix("start a new cache, or reset() this one");
}

}  // namespace

DynamicCache::Layer& DynamicCache::layer(int64_t index) {
  if (index >= static_cast<int64_t>(layers_.size())) layers_.resize(static_cast<std::size_t>(index) + 1);
  return layers_[static_cast<std::size_t>(index)];
}

KeyValues DynamicCache::update(int64_t index, const Tensor& keys, const Tensor& values) {
  Layer& own = layer(index);
  check_fits(own.keys, keys);
  own.keys = grown(own.keys, own.length, keys);
  own.values = grown(own.values, own.length, values);
  own.length += keys.size(2);
  return {taken(own.keys, own.length), taken(own.values, own.length)};
}

KeyValues DynamicCache::cross(int64_t index, const std::function<KeyValues()>& compute) {
  if (index >= static_cast<int64_t>(cross_.size())) cross_.resize(static_cast<std::size_t>(index) + 1);
  KeyValues& own = cross_[static_cast<std::size_t>(index)];
  if (!own.keys.defined()) own = compute();
  return own;
}

int64_t DynamicCache::length() const {
  return layers_.empty() ? 0 : layers_.front().length;
}

void DynamicCache::reorder(const Tensor& rows) {
  const auto pick = [&rows](Tensor& tensor) {
    if (tensor.defined()) tensor = tensor.index_select(0, rows.to(tensor.device()));
  };
  for (Layer& own : layers_) {
    if (own.keys.defined())
      own.keys = taken(own.keys, own.length), own.values = taken(own.values, own.length);
    pick(own.keys), pick(own.values);
  }
  for (KeyValues& own : cross_) pick(own.keys), pick(own.values);
}

void DynamicCache::crop(int64_t length) {
  for (Layer& own : layers_)
    own.length = length < 0 ? std::max<int64_t>(own.length + length, 0) : std::min(length, own.length);
}

void DynamicCache::reset() {
  layers_.clear();
  cross_.clear();
}

}  // namespace modelhost::nn
