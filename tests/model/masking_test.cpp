#include "modelhost/model/masking.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "modelhost/base/error_codes.h"

namespace modelhost {
namespace {

using at::Tensor;

// One batch of rows, 1 = attend.
Tensor mask_of(std::initializer_list<int64_t> row) {
  return at::tensor(row, at::kLong).unsqueeze(0);
}

// 0 where `visible` has 1, the lowest value elsewhere.
Tensor additive(const Tensor& visible, c10::ScalarType dtype) {
  return at::zeros(visible.sizes(), dtype).masked_fill(visible.eq(0), lowest_value(dtype));
}

template <typename Action>
std::string code_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(error.code());
  }
  return "none";
}

TEST_CASE(
    "an inverted mask adds nothing to what is attended and the lowest value to the rest, in every dtype") {
  const c10::ScalarType dtype = GENERATE(at::kFloat, at::kHalf, at::kBFloat16, at::kDouble);
  const Tensor mask = mask_of({1, 1, 0});
  const Tensor got = invert_attention_mask(mask, dtype);
  CHECK(got.scalar_type() == dtype);
  CHECK(got.isfinite().all().item<bool>());
  CHECK(got.equal(additive(mask.view({1, 1, 1, 3}), dtype)));
}

TEST_CASE("a mask with its own row for every query keeps the rows") {
  const Tensor mask = at::tensor({1, 0, 1, 1}, at::kLong).view({1, 2, 2});
  CHECK(invert_attention_mask(mask, at::kFloat).equal(additive(mask.unsqueeze(1), at::kFloat)));
  CHECK(get_extended_attention_mask(mask, {1, 2}, at::kFloat, false)
            .equal(additive(mask.unsqueeze(1), at::kFloat)));
}

TEST_CASE("a decoder's mask of three dimensions is not made causal") {
  const Tensor mask = at::ones({1, 3, 3}, at::kLong);
  CHECK(get_extended_attention_mask(mask, {1, 3}, at::kFloat, true).eq(0).all().item<bool>());
}

TEST_CASE("masks of one or four dimensions are refused") {
  for (const Tensor& mask : {at::ones({3}), at::ones({1, 1, 3, 3})}) {
    CHECK(code_of([&] { invert_attention_mask(mask, at::kFloat); }) == codes::kModelInput.id);
    CHECK(code_of([&] {
            get_extended_attention_mask(mask, {1, 3}, at::kFloat, false);
          }) == codes::kModelInput.id);
  }
}

TEST_CASE("a mask cannot be added to integers") {
  CHECK(code_of([] { lowest_value(at::kLong); }) == codes::kModelInput.id);
}

TEST_CASE("a decoder's query sees what is neither masked nor later") {
  const Tensor got = create_extended_attention_mask_for_decoder({1, 3}, mask_of({0, 1, 1}));
  CHECK(got.scalar_type() == at::kLong);
  CHECK(got.equal(at::tensor({0, 0, 0, 0, 1, 0, 0, 1, 1}, at::kLong).view({1, 1, 3, 3})));
}

TEST_CASE("keys before the queries form a prefix that all of them see") {
  const Tensor got = create_extended_attention_mask_for_decoder({1, 2}, mask_of({1, 0, 1, 1}));
  CHECK(got.equal(at::tensor({1, 0, 1, 0, 1, 0, 1, 1}, at::kLong).view({1, 1, 2, 4})));
}

TEST_CASE("a boolean mask serves as well as one of numbers") {
  const Tensor mask = mask_of({1, 0, 1});
  const Tensor flags = mask.to(at::kBool);
  for (const bool decoder : {false, true}) {
    CHECK(get_extended_attention_mask(flags, {1, 3}, at::kFloat, decoder)
              .equal(get_extended_attention_mask(mask, {1, 3}, at::kFloat, decoder)));
  }
  CHECK(prepare_4d_attention_mask_for_sdpa(flags, at::kFloat)
            .equal(prepare_4d_attention_mask_for_sdpa(mask, at::kFloat)));
}

TEST_CASE("a head mask of one row serves every layer, one of two dimensions its own") {
  const Tensor row = at::tensor({1.0, 0.0, 0.5}, at::kFloat);
  const Tensor shared = get_head_mask(row, 2, at::kHalf);
  CHECK(shared.sizes() == at::IntArrayRef{2, 1, 3, 1, 1});
  CHECK(shared.scalar_type() == at::kHalf);
  const Tensor own = get_head_mask(at::rand({2, 3}), 2, at::kFloat);
  CHECK(own.sizes() == at::IntArrayRef{2, 1, 3, 1, 1});
  CHECK_FALSE(get_head_mask({}, 2, at::kFloat).defined());
  CHECK(code_of([] { get_head_mask(at::ones({1, 2, 3}), 2, at::kFloat); }) == codes::kModelInput.id);
}

TEST_CASE("a mask that hides nothing is left out for the fused kernel") {
  CHECK_FALSE(prepare_4d_attention_mask_for_sdpa(at::ones({2, 3}, at::kLong), at::kFloat).defined());
  CHECK_FALSE(prepare_4d_causal_attention_mask_for_sdpa(at::ones({2, 3}), {2, 3}, at::kFloat).defined());
  CHECK_FALSE(prepare_4d_causal_attention_mask_for_sdpa({}, {2, 3}, at::kFloat).defined());
}

TEST_CASE("a mask for the fused kernel has one equal row for every query") {
  const Tensor got = prepare_4d_attention_mask_for_sdpa(mask_of({1, 0, 1}), at::kFloat, 2);
  const Tensor visible = at::tensor({1, 0, 1, 1, 0, 1}, at::kLong).view({1, 1, 2, 3});
  CHECK(got.equal(additive(visible, at::kFloat)));
}

TEST_CASE("a causal mask for the fused kernel joins padding and order") {
  const Tensor got = prepare_4d_causal_attention_mask_for_sdpa(mask_of({0, 1, 1}), {1, 3}, at::kBFloat16);
  const Tensor visible = at::tensor({0, 0, 0, 0, 1, 0, 0, 1, 1}, at::kLong).view({1, 1, 3, 3});
  CHECK(got.equal(additive(visible, at::kBFloat16)));
}

TEST_CASE("with a past the causal mask cannot be left to the kernel") {
  const Tensor visible = at::tensor({1, 1, 1, 0, 1, 1, 1, 1}, at::kLong).view({1, 1, 2, 4});
  const Tensor wanted = additive(visible, at::kFloat);
  CHECK(
      prepare_4d_causal_attention_mask_for_sdpa(mask_of({1, 1, 1, 1}), {1, 2}, at::kFloat, 2).equal(wanted));
  CHECK(prepare_4d_causal_attention_mask_for_sdpa({}, {1, 2}, at::kFloat, 2).equal(wanted));
  CHECK_FALSE(prepare_4d_causal_attention_mask_for_sdpa(mask_of({1, 1, 1}), {1, 1}, at::kFloat, 2).defined());
}

TEST_CASE("a single query needs only the padding") {
  const Tensor got = prepare_4d_causal_attention_mask_for_sdpa(mask_of({0, 1, 1}), {1, 1}, at::kFloat, 2);
  CHECK(got.equal(additive(at::tensor({0, 1, 1}, at::kLong).view({1, 1, 1, 3}), at::kFloat)));
}

// Rows of keys that each query sees, of a mask of booleans [1, 1, S, T].
std::vector<std::vector<int64_t>> seen(const Tensor& mask) {
  std::vector<std::vector<int64_t>> rows;
  for (int64_t query = 0; query < mask.size(2); ++query) {
    rows.emplace_back();
    for (int64_t key = 0; key < mask.size(3); ++key) {
      if (mask[0][0][query][key].item<bool>()) rows.back().push_back(key);
    }
  }
  return rows;
}

using Rows = std::vector<std::vector<int64_t>>;

MaskSource fused_source(int64_t queries, int64_t past = 0) {
  return {.batch = 1, .queries = queries, .past = past, .path = nn::AttentionPath::kFused};
}

TEST_CASE("a sliding window shows a query that many keys, itself included") {
  CHECK(seen(causal_mask(fused_source(5), 2)) == Rows{{0}, {0, 1}, {1, 2}, {2, 3}, {3, 4}});
  CHECK(seen(causal_mask(fused_source(2, 3), 2)) == Rows{{2, 3}, {3, 4}});
  CHECK(causal_mask(fused_source(2), 2).defined());
  CHECK_FALSE(causal_mask(fused_source(2), 3).defined());
}

TEST_CASE("behind a cache a query sees all that was before it") {
  CHECK(seen(causal_mask(fused_source(2, 3))) == Rows{{0, 1, 2, 3}, {0, 1, 2, 3, 4}});
  CHECK_FALSE(causal_mask(fused_source(1, 3)).defined());
}

TEST_CASE("positions that do not count on begin a text of their own, where no cache is wanted") {
  MaskSource source = fused_source(5);
  source.position_ids = mask_of({0, 1, 0, 1, 2});
  CHECK(seen(causal_mask(source)) == Rows{{0}, {0, 1}, {2}, {2, 3}, {2, 3, 4}});
  source.uses_cache = true;
  CHECK_FALSE(causal_mask(source).defined());
}

TEST_CASE("padding is hidden from later queries, and a mask of ones hides nothing") {
  MaskSource source = fused_source(4);
  source.attention_mask = mask_of({0, 0, 1, 1});
  CHECK(seen(causal_mask(source)) == Rows{{}, {}, {2}, {2, 3}});
  source.attention_mask = mask_of({1, 1, 1, 1});
  CHECK_FALSE(causal_mask(source).defined());
  source.queries = 1, source.past = 3, source.attention_mask = mask_of({0, 1, 1, 1});
  CHECK(seen(causal_mask(source)) == Rows{{1, 2, 3}});
}

TEST_CASE("eager attention gets numbers for what fused attention gets booleans for") {
  MaskSource source = fused_source(4);
  source.attention_mask = mask_of({0, 1, 1, 1});
  const Tensor booleans = causal_mask(source);
  source.path = nn::AttentionPath::kEager;
  CHECK(causal_mask(source).equal(additive(booleans, at::kFloat)));
  source.attention_mask = booleans;
  CHECK(causal_mask(source).equal(additive(booleans, at::kFloat)));
  source.attention_mask = additive(booleans, at::kFloat);
  CHECK(causal_mask(source).is_same(source.attention_mask));
}

TEST_CASE("masks of decoders of BERT's kind cover a cache in both paths") {
  MaskSource source = fused_source(2, 3);
  const Tensor fused = extended_causal_mask(source);
  source.path = nn::AttentionPath::kEager;
  CHECK(fused.eq(0).equal(extended_causal_mask(source).eq(0)));
  CHECK(seen(fused.eq(0)) == Rows{{0, 1, 2, 3}, {0, 1, 2, 3, 4}});
  source.attention_mask = mask_of({0, 1, 1, 1, 1});
  CHECK(seen(extended_causal_mask(source).eq(0)) == Rows{{1, 2, 3}, {1, 2, 3, 4}});
}

TEST_CASE("masks are made on the device of the model") {
  MaskSource source = fused_source(2, 3);
  source.device = at::kMeta;
  CHECK(causal_mask(source).is_meta());
  CHECK(extended_causal_mask(source).is_meta());
  source.path = nn::AttentionPath::kEager;
  CHECK(extended_causal_mask(source).is_meta());
}

}  // namespace
}  // namespace modelhost
