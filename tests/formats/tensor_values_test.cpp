#include "formats/tensor_values.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <vector>

namespace modelhost {
namespace {

template <typename T>
NonFinite count(Dtype dtype, const std::vector<T>& values) {
  return count_non_finite(dtype, std::as_bytes(std::span(values)));
}

TEST_CASE("NaN and infinity of either sign are counted in every floating-point type") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  const NonFinite f32 =
      count<float>(Dtype::kF32, {0, nan, -nan, inf, -inf, 1, std::numeric_limits<float>::max(), 1e-45F});
  CHECK((f32.nan == 2 && f32.infinite == 2));
  const NonFinite f64 =
      count<double>(Dtype::kF64, {std::nan(""), -HUGE_VAL, 1, std::numeric_limits<double>::max()});
  CHECK((f64.nan == 1 && f64.infinite == 1));
  const NonFinite f16 = count<uint16_t>(Dtype::kF16, {0x7c00, 0xfc00, 0x7c01, 0x7bff, 0x3c00, 0x7f80});
  CHECK((f16.nan == 2 && f16.infinite == 2));
  const NonFinite bf16 = count<uint16_t>(Dtype::kBF16, {0x7f80, 0xff80, 0xffff, 0x7f7f, 0x7c00});
  CHECK((bf16.nan == 1 && bf16.infinite == 2));
  const NonFinite c64 = count<float>(Dtype::kC64, {1, nan, inf, 1});
  CHECK((c64.nan == 1 && c64.infinite == 1));
}

TEST_CASE("integers have no value that is not finite") {
  const NonFinite found = count<int64_t>(Dtype::kI64, {-1, 0x7ff0000000000000, 0x7fffffffffffffff});
  CHECK(found.nan + found.infinite == 0);
  CHECK(count<float>(Dtype::kF32, {}).nan == 0);
}

}  // namespace
}  // namespace modelhost
