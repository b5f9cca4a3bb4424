// Inputs of a model that is not on the CPU. The meta device stands for any other: it is the only one that is
// everywhere.
#include "support/sample_model.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost {
namespace {

TEST_CASE("a model on another device gets its inputs there, and its outputs stay there") {
  const auto model =
      model_spec<test::SampleModel>("Sample").make_model(std::make_shared<test::SampleConfig>());
  model->init_weights();
  const at::Tensor ids = at::ones({2, 3}, at::kLong);
  CHECK((*model)({{"input_ids", ids}}).at("last_hidden_state").is_cpu());
  model->to(at::kMeta);
  const at::Tensor hidden = (*model)({{"input_ids", ids}}).at("last_hidden_state");
  CHECK(hidden.is_meta());
  CHECK(hidden.sizes() == at::IntArrayRef{2, 3, 4});
  CHECK(ids.is_cpu());
}

}  // namespace
}  // namespace modelhost
