#include "modelhost/model/input_checks.h"

#include <ATen/ops/ones.h>

#include "modelhost/base/error_codes.h"
#include "support/error_of.h"
#include "token_ids.h"

namespace modelhost {
namespace {

using test::ids;

// The error of a check, which must name the input and say what was wanted and what came.
template <typename Check>
void check_refusal(Check check) {
  const Error error = test::error_of(check);
  CHECK(error.code() == codes::kModelInput.id);
  CHECK(error.key() == "x");
  CHECK_FALSE(error.expected().empty());
  CHECK_FALSE(error.got().empty());
}

TEST_CASE("a shape fits when it is equal or can be repeated") {
  CHECK_NOTHROW(check_shape("x", at::ones({2, 3}), {2, 3}));
  CHECK_NOTHROW(check_shape("x", at::ones({1, 3}), {2, 3}));
  CHECK_NOTHROW(check_shape("x", at::ones({1, 1, 3}), {2, 4, 3}));
}

TEST_CASE("a shape of another size, another rank or with a last dimension of 1 is refused") {
  check_refusal([] { check_shape("x", at::ones({3, 3}), {2, 3}); });
  check_refusal([] { check_shape("x", at::ones({3}), {2, 3}); });
  check_refusal([] { check_shape("x", at::ones({2, 1}), {2, 3}); });
  check_refusal([] { check_shape("x", at::ones({}), {2, 3}); });
}

TEST_CASE("ids are integers below the number of rows") {
  CHECK_NOTHROW(check_ids("x", ids({2, 3}, 4), 5));
  CHECK_NOTHROW(check_ids("x", ids({2, 3}, 0).to(at::kInt), 5));
  CHECK_NOTHROW(check_ids("x", ids({0}, 9), 5));
  check_refusal([] { check_ids("x", ids({2, 3}, 5), 5); });
  check_refusal([] { check_ids("x", ids({2, 3}, -1), 5); });
  check_refusal([] { check_ids("x", at::ones({2}), 5); });
}

TEST_CASE("states have the model's width and dtype") {
  CHECK_NOTHROW(check_states("x", at::ones({2, 3, 4}), 4, at::kFloat));
  check_refusal([] { check_states("x", at::ones({2, 3, 5}), 4, at::kFloat); });
  check_refusal([] { check_states("x", at::ones({3, 4}), 4, at::kFloat); });
  check_refusal([] { check_states("x", at::ones({2, 3, 4}), 4, at::kHalf); });
}

TEST_CASE("a mask has a row for all queries or one for each") {
  CHECK_NOTHROW(check_mask("x", at::ones({2, 5}), 2, 3, 5));
  CHECK_NOTHROW(check_mask("x", at::ones({2, 3, 5}), 2, 3, 5));
  check_refusal([] { check_mask("x", at::ones({2, 3}), 2, 3, 5); });
  check_refusal([] { check_mask("x", at::ones({2, 2, 5}), 2, 3, 5); });
  check_refusal([] { check_mask("x", at::ones({5}), 2, 3, 5); });
}

}  // namespace
}  // namespace modelhost
