#include "modelhost/nn/rotary.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>

#include <catch2/catch_test_macros.hpp>

#include "modelhost/base/error_codes.h"
#include "support/error_of.h"

namespace modelhost::nn {
namespace {

at::Tensor turned(const at::Tensor& x, int64_t from, const RopeScaling& scaling = {}) {
  RotaryEmbedding rotary(x.size(-1), 10000.0, scaling);
  return rotate(x, rotary(at::arange(from, from + x.size(2)).unsqueeze(0), at::kFloat));
}

TEST_CASE("the first position is not turned, and lengths stay") {
  const at::Tensor x = at::randn({2, 3, 5, 8});
  const at::Tensor y = turned(x, 0);
  CHECK(y.select(2, 0).equal(x.select(2, 0)));
  CHECK(at::allclose(y.norm(2, -1), x.norm(2, -1), 1e-5, 1e-5));
}

TEST_CASE("products of turned vectors depend on their distance alone") {
  const at::Tensor q = at::randn({1, 1, 1, 8}), k = at::randn({1, 1, 1, 8});
  const auto product = [&](int64_t at_query, int64_t at_key) {
    return (turned(q, at_query) * turned(k, at_key)).sum().item<double>();
  };
  CHECK(std::abs(product(7, 3) - product(104, 100)) < 1e-4);
  CHECK(std::abs(product(7, 3) - product(7, 4)) > 1e-4);
}

TEST_CASE("linear scaling stretches positions") {
  const at::Tensor x = at::randn({1, 1, 1, 8});
  CHECK(at::allclose(turned(x, 12, {.type = "linear", .factor = 4}), turned(x, 3), 1e-5, 1e-5));
}

TEST_CASE("llama3 scaling keeps short waves and stretches long ones") {
  const RopeScaling scaling{.type = "llama3", .factor = 8, .original_max_position_embeddings = 64};
  const at::Tensor x = at::randn({1, 1, 1, 8});
  const at::Tensor scaled = turned(x, 5, scaling), plain = turned(x, 5);
  CHECK(at::allclose(scaled.select(-1, 0), plain.select(-1, 0), 1e-6, 1e-6));  // wave of 6 positions
  CHECK(at::allclose(scaled.select(-1, 3), turned(x, 5, {.type = "linear", .factor = 8}).select(-1, 3), 1e-6,
                     1e-6));
}

TEST_CASE("features beyond the rotated ones stay") {
  const at::Tensor x = at::randn({1, 2, 4, 10});
  RotaryEmbedding rotary(6, 10000.0);
  const at::Tensor y = rotate(x, rotary(at::arange(4).unsqueeze(0), at::kFloat));
  CHECK(y.slice(-1, 6).equal(x.slice(-1, 6)));
  CHECK_FALSE(y.slice(-1, 0, 6).equal(x.slice(-1, 0, 6)));
}

TEST_CASE("an unknown kind of scaling is refused by name") {
  const Error error = test::error_of([] { RotaryEmbedding(8, 10000.0, RopeScaling{.type = "spiral"}); });
  CHECK(error.code() == codes::kConfigChoice.id);
  CHECK(error.key() == "rope_scaling.rope_type");
  CHECK(error.got() == "spiral");
}

}  // namespace
}  // namespace modelhost::nn
