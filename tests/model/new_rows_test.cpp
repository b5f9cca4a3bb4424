// A singular covariance passes Cholesky or not by rounding, which CPUs do differently: each case is tried many times.
#include "model/new_rows.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost {
namespace {

constexpr int kTables = 100;

at::Tensor random_table(int seed, int64_t rows, int64_t width) {
  at::manual_seed(static_cast<uint64_t>(seed));
  return at::randn({rows, width});
}

bool all_equal_the_mean(const at::Tensor& table, const at::Tensor& added) {
  return added.equal(table.mean(0).unsqueeze(0).repeat({added.size(0), 1}));
}

// How many of the tables that `make(seed)` gives get new rows equal to their mean.
template <typename Function>
int tables_without_spread(Function&& make) {
  int count = 0;
  for (int seed = 0; seed < kTables; ++seed) {
    const at::Tensor table = make(seed);
    count += all_equal_the_mean(table, rows_around_mean(table, 3));
  }
  return count;
}

TEST_CASE("no more rows than columns give the mean, in every table") {
  for (const int64_t rows : {1, 2, 11, 12})
    CHECK(tables_without_spread([&](int seed) { return random_table(seed, rows, 12); }) == kTables);
  CHECK(tables_without_spread([](int seed) { return random_table(seed, 64, 64) + 5; }) == kTables);
}

TEST_CASE("many rows that leave a direction out give the mean, in every table") {
  CHECK(tables_without_spread([](int seed) {
          const at::Tensor columns = random_table(seed, 300, 15);
          return at::cat({columns, columns.sum(1, /*keepdim=*/true)}, 1);
        }) == kTables);
  CHECK(tables_without_spread([](int seed) {
          return random_table(seed, 300, 9).matmul(at::randn({9, 40})) + 100 * at::randn({40});
        }) == kTables);
  CHECK(tables_without_spread([](int seed) {  // seven rows, over and over
          return random_table(seed, 7, 12).repeat({50, 1});
        }) == kTables);
}

TEST_CASE("a constant column gives the mean, in every table") {
  for (const double value : {0.0, 0.1, 1234.5}) {
    CHECK(tables_without_spread([&](int seed) {
            return at::cat({random_table(seed, 300, 15), at::full({300, 1}, value)}, 1);
          }) == kTables);
  }
}

TEST_CASE("more rows than columns give draws, in every table, however far the scales of columns are apart") {
  CHECK(tables_without_spread([](int seed) { return random_table(seed, 60, 12); }) == 0);
  const at::Tensor scales = at::tensor({1e-6, 1e-3, 1.0, 1e3}, at::kFloat);
  CHECK(tables_without_spread([&](int seed) { return random_table(seed, 60, 4) * scales; }) == 0);
  CHECK(tables_without_spread([&](int seed) { return (random_table(seed, 60, 4) + 10) * scales; }) == 0);
  CHECK(tables_without_spread([](int seed) { return random_table(seed, 50, 1); }) == 0);
}

TEST_CASE("draws have the covariance of the old rows, a billionth of it") {
  at::manual_seed(1);
  const at::Tensor mixing = at::randn({3, 3});
  const at::Tensor table =
      at::randn({500, 3}).matmul(mixing);  // its mean is near zero: nothing rounds draws away
  const at::Tensor added = rows_around_mean(table, 20000) - table.mean(0);
  const auto covariance = [](const at::Tensor& rows) {
    const at::Tensor centered = rows.to(at::kDouble) - rows.to(at::kDouble).mean(0);
    return centered.t().matmul(centered) / rows.size(0);
  };
  const at::Tensor wanted = covariance(table), found = covariance(added) * 1e9;
  CHECK((found - wanted).abs().max().item<double>() < 0.1 * wanted.abs().max().item<double>());
}

TEST_CASE("rows that are not numbers, or too large for a covariance, are no reason to fail") {
  at::Tensor table = random_table(1, 60, 4);
  table[3][2] = std::numeric_limits<double>::quiet_NaN();
  const at::Tensor added = rows_around_mean(table, 2);
  CHECK(added.select(1, 2).isnan().all().item<bool>());
  CHECK_FALSE(added.select(1, 0).isnan().any().item<bool>());
  const at::Tensor large = random_table(2, 60, 4) * 1e30;
  CHECK(all_equal_the_mean(large, rows_around_mean(large, 2)));
  CHECK(rows_around_mean(at::zeros({60, 4}), 2).eq(0).all().item<bool>());
}

TEST_CASE("new rows have the dtype of the old ones") {
  const at::Tensor table = random_table(1, 60, 4).to(at::kBFloat16);
  CHECK(rows_around_mean(table, 2).scalar_type() == at::kBFloat16);
  CHECK(rows_around_mean(table.slice(0, 0, 3), 2).scalar_type() == at::kBFloat16);
}

}  // namespace
}  // namespace modelhost
