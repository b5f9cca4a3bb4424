#include "modelhost/host/checkpoints/diff_checkpoints.h"

#include <cmath>
#include <limits>

#include "checkpoint_support.h"

// After everything of LibTorch, whose logging has a CHECK of its own: that one ends the program.
#include <catch2/catch_test_macros.hpp>

namespace modelhost::host {
namespace {

using test::floats;
using test::mixture;
using test::Sample;
using test::sample;
using test::TempDir;
using test::write_samples;
using Names = std::vector<std::string>;

const float kInfinite = std::numeric_limits<float>::infinity(),
            kNan = std::numeric_limits<float>::quiet_NaN();

CheckpointDifference diff(const std::vector<Sample>& a, const std::vector<Sample>& b) {
  const TempDir dir;
  const auto left = open_checkpoint(write_samples(dir / "a.safetensors", a));
  const auto right = open_checkpoint(write_samples(dir / "b.bin", b));
  return diff_checkpoints(*left, *right);
}

TEST_CASE("equal tensors in different formats are identical, whatever they are") {
  std::vector<Sample> tensors = mixture();
  tensors.push_back(floats("nan", {kNan, kInfinite, -kInfinite}));
  const CheckpointDifference difference = diff(tensors, tensors);
  CHECK(difference.identical());
  CHECK(difference.same_tensors == 7);
  CHECK(difference.all.elements == 19);
  CHECK(difference.all.different == 0);
  CHECK(diff({}, {}).identical());
}

TEST_CASE("the largest and the mean difference are those of the numbers") {
  const auto difference = diff({floats("a", {1, 2, 3, 4}), floats("b", {1, 1}), floats("same", {5, 5})},
                               {floats("a", {1, 2.5, 3, 3}), floats("b", {-9, 1}), floats("same", {5, 5})});
  CHECK_FALSE(difference.identical());
  REQUIRE(difference.tensors.size() == 2);
  CHECK(difference.same_tensors == 1);
  CHECK(difference.tensors[0].a.name == "b");
  CHECK(difference.tensors[0].distance.max_abs == 10);
  CHECK(difference.tensors[0].distance.mean_abs() == 5);
  CHECK(difference.tensors[1].distance.max_abs == 1);
  CHECK(difference.tensors[1].distance.mean_abs() == 0.375);
  CHECK(difference.tensors[1].distance.different == 2);
  CHECK(difference.all.max_abs == 10);
  CHECK(difference.all.mean_abs() == 11.5 / 8);
}

TEST_CASE("names that only one has, other shapes and other dtypes are told") {
  const auto difference = diff(
      {floats("a", {1}), floats("b", {1, 2}), floats("c", {1, 2}), floats("x", {1})},
      {floats("b", {1, 2, 3}), sample<uint16_t>("c", Dtype::kF16, {2}, {0x3c00, 0x4200}), floats("y", {1})});
  CHECK(difference.only_in_a == Names{"a", "x"});
  CHECK(difference.only_in_b == Names{"y"});
  REQUIRE(difference.tensors.size() == 2);
  CHECK(difference.tensors[0].a.name == "b");
  CHECK_FALSE(difference.tensors[0].compared);
  CHECK(difference.tensors[1].compared);
  CHECK(difference.tensors[1].distance.max_abs == 1);
  CHECK(difference.tensors[1].distance.different == 1);
}

TEST_CASE("equal numbers in another dtype differ, by nothing") {
  const auto difference =
      diff({floats("a", {1, -2})}, {sample<uint16_t>("a", Dtype::kF16, {2}, {0x3c00, 0xc000})});
  CHECK_FALSE(difference.identical());
  REQUIRE(difference.tensors.size() == 1);
  CHECK(difference.tensors[0].distance.max_abs == 0);
  CHECK(difference.tensors[0].distance.different == 0);
}

TEST_CASE("NaN and infinity are counted and spoil no figure") {
  const auto difference = diff({floats("a", {kNan, kNan, 1, kInfinite, kInfinite, 4})},
                               {floats("a", {kNan, 1, kNan, kInfinite, -kInfinite, 2})});
  REQUIRE(difference.tensors.size() == 1);
  const Distance& distance = difference.tensors[0].distance;
  CHECK(distance.nonfinite == 3);
  CHECK(distance.different == 4);
  CHECK(distance.max_abs == 2);
  CHECK(distance.mean_abs() == 2.0 / 3);
}

TEST_CASE("bits count: zeros of two signs, NaN of two kinds and the last digit of a large integer differ") {
  const float other_nan = -kNan;
  const auto difference = diff({floats("nan", {kNan}), floats("zero", {0.0F}),
                                sample<int64_t>("i", Dtype::kI64, {1}, {int64_t{1} << 60})},
                               {floats("nan", {other_nan}), floats("zero", {-0.0F}),
                                sample<int64_t>("i", Dtype::kI64, {1}, {(int64_t{1} << 60) + 1})});
  CHECK(difference.tensors.size() == 3);
  CHECK(difference.all.different == 3);
  CHECK(difference.all.max_abs == 0);
  CHECK(difference.all.nonfinite == 0);
}

TEST_CASE("a tensor larger than what is compared at once is compared to its end") {
  std::vector<float> values((std::size_t{1} << 19) * 2 + 3, 1), other = values;
  other.back() = 3;
  other[(std::size_t{1} << 19)] = 2;
  const auto difference = diff({floats("a", values)}, {floats("a", other)});
  CHECK(difference.all.different == 2);
  CHECK(difference.all.max_abs == 2);
  CHECK(difference.all.sum_abs == 3);
}

TEST_CASE("every dtype can be compared, complex numbers part by part") {
  std::vector<Sample> a, b;
  for (int i = 0; i <= static_cast<int>(Dtype::kU64); ++i) {
    const auto dtype = static_cast<Dtype>(i);
    if (dtype_bits(dtype) < 8) continue;
    const std::string name(dtype_name(dtype));
    std::vector<uint8_t> bytes(dtype_bits(dtype) / 4, 0);
    a.push_back(sample(name, dtype, {2}, bytes));
    bytes[0] = 1;
    b.push_back(sample(name, dtype, {2}, bytes));
  }
  const auto difference = diff(a, b);
  CHECK(difference.tensors.size() == a.size());
  for (const TensorDifference& tensor : difference.tensors) {
    CAPTURE(tensor.a.name);
    CHECK(tensor.compared);
    CHECK(tensor.distance.different == 1);
  }
  CHECK(difference.all.elements == static_cast<int64_t>(2 * a.size() + 2));
}

}  // namespace
}  // namespace modelhost::host
