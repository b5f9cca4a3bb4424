#include "modelhost/nn/attention.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <cmath>

namespace modelhost::nn {
namespace {

constexpr int64_t kBatch = 2, kHeads = 8, kSize = 6;
constexpr double kNear = 1e-5;

struct Case {
  at::Tensor query, key, value;
};

Case random_case(int64_t queries, int64_t keys, int64_t kv_heads = kHeads) {
  return {at::randn({kBatch, kHeads, queries, kSize}), at::randn({kBatch, kv_heads, keys, kSize}),
          at::randn({kBatch, kv_heads, keys, kSize})};
}

Attended run(const Case& c, const AttentionOptions& options, AttentionArguments arguments,
             AttentionPath path) {
  arguments.path = path;
  return attend(c.query, c.key, c.value, options, arguments);
}

// Both paths, which must agree.
at::Tensor context(const Case& c, const AttentionOptions& options, const AttentionArguments& arguments = {}) {
  const at::Tensor eager = run(c, options, arguments, AttentionPath::kEager).context;
  const at::Tensor fused = run(c, options, arguments, AttentionPath::kFused).context;
  CHECK(at::allclose(eager, fused, kNear, kNear));
  return eager;
}

// Row by row, from the definition.
at::Tensor by_hand(const Case& c, const at::Tensor& visible, double scale) {
  at::Tensor result = at::zeros_like(c.query);
  const int64_t groups = kHeads / c.key.size(1);
  for (int64_t b = 0; b < kBatch; ++b) {
    for (int64_t h = 0; h < kHeads; ++h) {
      const at::Tensor scores = c.query[b][h].matmul(c.key[b][h / groups].t()) * scale;
      const at::Tensor hidden =
          scores.masked_fill(visible.logical_not(), -std::numeric_limits<double>::infinity());
      result[b][h] = hidden.softmax(-1).matmul(c.value[b][h / groups]);
    }
  }
  return result.transpose(1, 2).flatten(2);
}

at::Tensor all_visible(int64_t queries, int64_t keys) {
  return at::ones({queries, keys}, at::kBool);
}

TEST_CASE("attention is what its definition says, for any number of key-value heads, eager and fused") {
  const int64_t kv_heads = GENERATE(1, 4, 8);
  const Case c = random_case(5, 7, kv_heads);
  const double scale = 1 / std::sqrt(static_cast<double>(kSize));
  CHECK(at::allclose(context(c, {}), by_hand(c, all_visible(5, 7), scale), kNear, kNear));
  CHECK(at::allclose(context(c, {.scale = 0.7}), by_hand(c, all_visible(5, 7), 0.7), kNear, kNear));
}

TEST_CASE("causal attention without a mask sees no later key, also behind a cache") {
  const int64_t past = GENERATE(0, 1, 3);
  const Case c = random_case(4, 4 + past);
  const at::Tensor visible = all_visible(4, 4 + past).tril(past);
  const double scale = 1 / std::sqrt(static_cast<double>(kSize));
  CHECK(at::allclose(context(c, {.causal = true}), by_hand(c, visible, scale), kNear, kNear));
}

TEST_CASE("a single query sees all keys of a cache") {
  const Case c = random_case(1, 6);
  CHECK(at::allclose(context(c, {.causal = true}), context(c, {}), kNear, kNear));
}

TEST_CASE("a mask of booleans and one of numbers say the same") {
  const Case c = random_case(5, 5);
  const at::Tensor visible = all_visible(5, 5).tril().logical_or(at::rand({kBatch, 1, 5, 5}) > 0.5);
  const at::Tensor additive =
      at::zeros(visible.sizes()).masked_fill(visible.logical_not(), lowest_value(at::kFloat));
  const at::Tensor by_booleans = context(c, {.causal = true}, {.mask = visible});
  CHECK(at::allclose(by_booleans, context(c, {.causal = true}, {.mask = additive}), kNear, kNear));
}

TEST_CASE("a bias is added to scaled scores, beside a mask or causality") {
  const Case c = random_case(5, 5);
  const at::Tensor bias = at::randn({1, kHeads, 5, 5});
  const at::Tensor visible = all_visible(5, 5).tril();
  const at::Tensor masked = bias.masked_fill(visible.logical_not(), lowest_value(at::kFloat));
  CHECK(at::allclose(context(c, {}, {.bias = bias}), context(c, {}, {.mask = bias}), kNear, kNear));
  const at::Tensor wanted = context(c, {}, {.mask = masked});
  CHECK(at::allclose(context(c, {.causal = true}, {.bias = bias}), wanted, kNear, kNear));
  CHECK(at::allclose(context(c, {}, {.mask = visible, .bias = bias}), wanted, kNear, kNear));
}

TEST_CASE(
    "eager attention always gives its probabilities, fused attention when they are wanted, with one result") {
  const Case c = random_case(4, 6);
  const at::Tensor mask = at::rand({kBatch, 1, 4, 6}) > 0.3;
  const AttentionArguments arguments{
      .mask = mask.logical_or(at::zeros({6}, at::kBool).index_fill(0, at::zeros({1}, at::kLong), 1)),
      .output_attentions = true};
  const Attended eager = run(c, {}, arguments, AttentionPath::kEager);
  const Attended fused = run(c, {}, arguments, AttentionPath::kFused);
  CHECK(at::allclose(eager.probabilities, fused.probabilities, kNear, kNear));
  CHECK(at::allclose(eager.probabilities.sum(-1), at::ones({kBatch, kHeads, 4}), kNear, kNear));
  AttentionArguments unasked = arguments;
  unasked.output_attentions = false;
  const Attended alone = run(c, {}, unasked, AttentionPath::kFused);
  CHECK_FALSE(alone.probabilities.defined());
  CHECK(alone.context.equal(fused.context));
}

TEST_CASE("head masks scale what a head contributes") {
  const Case c = random_case(3, 3);
  at::Tensor factors = at::ones({1, kHeads, 1, 1});
  factors[0][2] = 0;
  const at::Tensor masked = run(c, {}, {.head_mask = factors}, AttentionPath::kEager).context;
  CHECK(masked.slice(2, 2 * kSize, 3 * kSize).abs().max().item<double>() == 0);
  CHECK(masked.slice(2, 0, 2 * kSize)
            .equal(run(c, {}, {}, AttentionPath::kEager).context.slice(2, 0, 2 * kSize)));
}

TEST_CASE("a soft cap bounds scores, whatever path is asked for") {
  Case c = random_case(4, 4);
  c.query.mul_(50);
  const at::Tensor scores = c.query.matmul(c.key.transpose(-1, -2)) / std::sqrt(static_cast<double>(kSize));
  const at::Tensor wanted = ((scores / 5).tanh() * 5).softmax(-1).matmul(c.value).transpose(1, 2).flatten(2);
  CHECK(at::allclose(context(c, {.softcap = 5}), wanted, kNear, kNear));
}

TEST_CASE("dropout acts in train mode only") {
  const Case c = random_case(4, 4);
  const AttentionOptions options{.dropout = 0.5};
  for (const auto path : {AttentionPath::kEager, AttentionPath::kFused}) {
    CHECK(run(c, options, {}, path).context.equal(run(c, options, {}, path).context));
    const AttentionArguments training{.training = true};
    CHECK_FALSE(run(c, options, training, path).context.equal(run(c, options, training, path).context));
  }
}

TEST_CASE("a query that sees nothing has a finite result") {
  const Case c = random_case(3, 3);
  const at::Tensor nothing = at::zeros({3, 3}, at::kBool);
  for (const auto path : {AttentionPath::kEager, AttentionPath::kFused})
    CHECK(run(c, {}, {.mask = nothing.view({1, 1, 3, 3})}, path).context.isfinite().all().item<bool>());
}

TEST_CASE("half precision can have its scores and probabilities in float32") {
  Case c = random_case(4, 4);
  const at::Tensor exact = context(c, {});
  c = {c.query.to(at::kHalf), c.key.to(at::kHalf), c.value.to(at::kHalf)};
  const AttentionOptions options{.softmax_in_float = true, .scores_in_float = true};
  const Attended half = run(c, options, {}, AttentionPath::kEager);
  CHECK(half.context.scalar_type() == at::kHalf);
  CHECK(at::allclose(half.context.to(at::kFloat), exact, 0.01, 0.01));
}

TEST_CASE("heads are split without a copy, whatever their number") {
  const at::Tensor x = at::randn({2, 3, 12});
  const at::Tensor heads = split_heads(x, 4);
  CHECK(heads.sizes() == at::IntArrayRef{2, 3, 3, 4});
  CHECK(heads.data_ptr() == x.data_ptr());
  CHECK(heads[1][2][0].equal(x[1][0].slice(0, 8, 12)));
}

}  // namespace
}  // namespace modelhost::nn
