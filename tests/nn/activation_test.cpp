#include "modelhost/nn/activation.h"

#include <ATen/ops/allclose.h>
#include <ATen/ops/tensor.h>

#include <catch2/catch_test_macros.hpp>
#include <map>

#include "modelhost/base/error_codes.h"

namespace modelhost {
namespace {

// transformers.activations.ACT2FN[name](torch.tensor([-3.0, -0.5, 0.0, 0.7, 8.0])), float64 rounded to 7
// digits.
const std::map<std::string, std::vector<double>> kExpected = {
#include "activation_values.inc"
};

TEST_CASE("every activation agrees with transformers") {
  for (const auto& [name, expected] : kExpected) {
    CAPTURE(name);
    const at::Tensor x = at::tensor({-3.0, -0.5, 0.0, 0.7, 8.0}, at::kFloat);
    CHECK(at::allclose(nn::activation(name)(x), at::tensor(expected).to(at::kFloat), 1e-5, 1e-6));
  }
}

TEST_CASE("an unknown activation is an error with the nearest name") {
  try {
    nn::activation("geluu");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == codes::kConfigChoice.id);
    CHECK(error.fix() == "did you mean gelu?");
  }
}

}  // namespace
}  // namespace modelhost
