#include "modelhost/testing/small_model.h"

#include <catch2/catch_test_macros.hpp>

#include "support/attention_model.h"
#include "support/error_of.h"

namespace modelhost::testing {
namespace {

using modelhost::test::AttentionConfig;
using modelhost::test::AttentionModel;

TEST_CASE("a small config is the default one with small sizes, by name or alias") {
  const ModelSpec spec = model_spec<AttentionModel>("AttentionModel");
  const auto config = std::dynamic_pointer_cast<AttentionConfig>(small_config(spec));
  CHECK(config->vocab_size == 61);
  CHECK(config->hidden_size == 16);
  CHECK(config->layers == 3);  // no name that the kit knows
  CHECK(config->pad_token_id.has_value());
  const auto other = std::dynamic_pointer_cast<AttentionConfig>(small_config(spec, {{"layers", 1}}));
  CHECK(other->layers == 1);
}

TEST_CASE("sizes that the config does not have are an error that says where they come from") {
  const ModelSpec spec = model_spec<AttentionModel>("AttentionModel");
  const Error error = test::error_of([&] { small_config(spec, {{"leyers", 1}}); });
  CHECK(error.key() == "leyers");
  CHECK(error.fix().find("conformance.json") != std::string::npos);
}

TEST_CASE("sample inputs never hold the padding token, and their mask hides nothing") {
  const ModelSpec spec = model_spec<AttentionModel>("AttentionModel");
  const auto model = random_model(spec, small_config(spec, {{"pad_token_id", 5}}));
  const NamedTensors inputs = sample_inputs(*model, 30, 30);
  CHECK(inputs.at("input_ids").sizes() == at::IntArrayRef({30, 30}));
  CHECK_FALSE((inputs.at("input_ids") == 5).any().item<bool>());
}

}  // namespace
}  // namespace modelhost::testing
