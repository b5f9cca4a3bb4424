#include "modelhost/nn/cache.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "modelhost/base/error_codes.h"
#include "support/error_of.h"

namespace modelhost::nn {
namespace {

constexpr int64_t kSequences = 3, kKeyHeads = 2, kKeySize = 4;

at::Tensor tokens(int64_t count) {
  return at::randn({kSequences, kKeyHeads, count, kKeySize});
}

TEST_CASE("a cache gives back all that was put into it, in order, however it comes") {
  const int64_t step = GENERATE(1, 5, 64, 70);
  const at::NoGradGuard no_grad;
  DynamicCache cache;
  const at::Tensor keys = tokens(140), values = tokens(140);
  KeyValues seen;
  for (int64_t at = 0; at < 140; at += step) {
    const int64_t end = std::min<int64_t>(at + step, 140);
    seen = cache.update(0, keys.slice(2, at, end), values.slice(2, at, end));
    CHECK(cache.length() == end);
  }
  CHECK(seen.keys.equal(keys));
  CHECK(seen.values.equal(values));
}

TEST_CASE("layers of a cache are apart") {
  DynamicCache cache;
  const at::Tensor first = tokens(2), second = tokens(2);
  cache.update(0, first, first);
  CHECK(cache.update(1, second, second).keys.equal(second));
}

TEST_CASE("rows of a cache can be picked, repeated and dropped") {
  DynamicCache cache;
  const at::Tensor keys = tokens(5), more = tokens(1).slice(0, 0, 2);
  cache.update(0, keys, keys);
  cache.cross(0, [&] { return KeyValues{keys, keys}; });
  cache.reorder(at::tensor({2, 2}, at::kLong));
  const at::Tensor wanted = at::cat({keys[2].unsqueeze(0), keys[2].unsqueeze(0)}, 0);
  CHECK(cache.update(0, more, more).keys.equal(at::cat({wanted, more}, 2)));
  CHECK(cache.cross(0, [] { return KeyValues{}; }).keys.equal(wanted));
}

TEST_CASE("a cache that was cropped goes on from there") {
  const at::NoGradGuard no_grad;
  DynamicCache cache;
  const at::Tensor keys = tokens(6), more = tokens(2);
  cache.update(0, keys, keys);
  cache.crop(10);
  CHECK(cache.length() == 6);
  cache.crop(-1);
  CHECK(cache.length() == 5);
  cache.crop(3);
  CHECK(cache.update(0, more, more).keys.equal(at::cat({keys.slice(2, 0, 3), more}, 2)));
  cache.reset();
  CHECK(cache.length() == 0);
  CHECK(cache.update(0, more, more).keys.equal(more));
}

TEST_CASE("gradients reach keys of every step of a cache") {
  DynamicCache cache;
  const at::Tensor first = tokens(2).requires_grad_(), second = tokens(1).requires_grad_();
  cache.update(0, first, first);
  cache.update(0, second, second).keys.pow(2).sum().backward();
  CHECK(first.grad().equal(2 * first.detach()));
  CHECK(second.grad().equal(2 * second.detach()));
}

TEST_CASE("a cache that was filled with gradients goes on without them, and keeps its values") {
  DynamicCache cache;
  const at::Tensor first = tokens(2).requires_grad_(), second = tokens(1);
  cache.update(0, first, first);
  const at::NoGradGuard no_grad;
  CHECK(cache.update(0, second, second).keys.equal(at::cat({first, second}, 2)));
  CHECK(cache.update(0, second, second).keys.equal(at::cat({first, second, second}, 2)));
}

TEST_CASE("what cross attention attends to is computed once a text") {
  DynamicCache cache;
  int computed = 0;
  const auto compute = [&] {
    ++computed;
    return KeyValues{tokens(4), tokens(4)};
  };
  const at::Tensor once = cache.cross(1, compute).keys;
  CHECK(cache.cross(1, compute).keys.equal(once));
  CHECK(computed == 1);
}

TEST_CASE("a cache of another batch is refused by name, and is as it was") {
  DynamicCache cache;
  cache.update(0, tokens(2), tokens(2));
  const at::Tensor other = at::randn({kSequences + 1, kKeyHeads, 1, kKeySize});
  const Error error = test::error_of([&] { cache.update(0, other, other); });
  CHECK(error.code() == codes::kModelInput.id);
  CHECK(error.key() == "past_key_values");
  CHECK(cache.length() == 2);
}

}  // namespace
}  // namespace modelhost::nn
