#include <ATen/ops/randint.h>

#include "modelhost/base/log.h"
#include "modelhost/model/measures.h"
#include "support/attention_model.h"
#include "support/sample_model.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost {
namespace {

using test::attention_model;
using test::AttentionConfig;
using test::AttentionForMaskedLM;
using test::AttentionModel;

constexpr int64_t kLayer = 3 * (12 * 12 + 12) + 12 * 12 + 12;  // three projections and the one behind them
constexpr int64_t kEmbeddings = (11 + 9) * 12;

TEST_CASE("parameters are counted once, and without embeddings of any kind") {
  const auto model = attention_model<AttentionForMaskedLM>();
  CHECK(num_parameters(*model) == 3 * kLayer + kEmbeddings + 11);  // the tied head adds a bias
  CHECK(num_parameters(*model, false, /*exclude_embeddings=*/true) == 3 * kLayer + 11);
  model->lm_head->bias().set_requires_grad(false);
  CHECK(num_parameters(*model, /*only_trainable=*/true) == 3 * kLayer + kEmbeddings);
  CHECK(num_parameters(*model, true, true) == 3 * kLayer);
  const auto config = std::make_shared<AttentionConfig>();
  config->tie_word_embeddings = false;
  const auto untied = attention_model<AttentionForMaskedLM>(config);
  CHECK(num_parameters(*untied, false, true) == 3 * kLayer + 11 + 11 * 12);  // a head is no embedding
}

TEST_CASE("memory is counted in bytes, with and without buffers") {
  const auto model =
      model_spec<test::SampleModel>("SampleModel").make_model(std::make_shared<test::SampleConfig>());
  const int64_t parameters = 7 * 4 + 4 * 4 + 4 + 4 + 4;
  CHECK(get_memory_footprint(*model, false) == parameters * 4);
  CHECK(get_memory_footprint(*model) == parameters * 4 + 4 + 8 * 8);  // scale, and positions in int64
}

TEST_CASE("operations are six a token and parameter; without the main input there are none, said once") {
  const auto model = attention_model<AttentionModel>();
  const NamedTensors inputs = {{"input_ids", at::randint(0, 11, {2, 5}, at::kLong)}};
  CHECK(estimate_tokens(*model, inputs) == 10);
  CHECK(floating_point_ops(*model, inputs) == 6 * 10 * 3 * kLayer);
  CHECK(floating_point_ops(*model, inputs, false) == 6 * 10 * (3 * kLayer + kEmbeddings));
  int warnings = 0;
  set_log_sink([&warnings](LogLevel, std::string_view) { ++warnings; });
  CHECK(estimate_tokens(*model, {}) == 0);
  CHECK(floating_point_ops(*model, {}) == 0);
  set_log_sink({});
  CHECK(warnings == 1);
}

TEST_CASE("dummy inputs are those of the reference") {
  const at::Tensor ids = attention_model<AttentionModel>()->dummy_inputs().at("input_ids");
  CHECK(ids.sizes() == at::IntArrayRef{3, 5});
  CHECK(ids[0][0].item<int64_t>() == 7);
  CHECK(ids[2][4].item<int64_t>() == 5);
}

TEST_CASE("memory hooks measure every module that is called, and can be reset") {
  const auto model = attention_model<AttentionModel>();
  const NamedTensors inputs = {{"input_ids", at::randint(0, 11, {1, 5}, at::kLong)}};
  (*model)(inputs);
  CHECK_FALSE(model->memory_state());
  add_memory_hooks(*model);
  (*model)(inputs);
  nn::Module& layer = (*model->layer)[1];
  for (nn::Module* module :
       {static_cast<nn::Module*>(model.get()), &layer, static_cast<nn::Module*>(model->embed.get())}) {
    REQUIRE(module->memory_state());
    const nn::MemoryState& state = *module->memory_state();
    CHECK(state.rss_pre_forward > 0);
    CHECK(state.rss_post_forward > 0);
    CHECK(state.rss_diff == state.rss_post_forward - state.rss_pre_forward);
  }
  reset_memory_hooks_state(*model);
  CHECK(layer.memory_state()->rss_post_forward == 0);
  CHECK(layer.memory_state()->rss_diff == 0);
}

}  // namespace
}  // namespace modelhost
