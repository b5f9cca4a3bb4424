#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include "modelhost/base/error_codes.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/model/surgery.h"
#include "support/attention_model.h"
#include "support/error_of.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost {
namespace {

using test::attention_model;
using test::AttentionConfig;
using test::AttentionForMaskedLM;
using test::AttentionModel;
using test::error_of;

std::shared_ptr<AttentionConfig> untied() {
  auto config = std::make_shared<AttentionConfig>();
  config->tie_word_embeddings = false;
  return config;
}

const AttentionConfig& config_of(const PreTrainedModel& model) {
  return static_cast<const AttentionConfig&>(model.config());
}

TEST_CASE("a tied head grows with the embedding, its bias by zeros") {
  const auto model = attention_model<AttentionForMaskedLM>();
  model->lm_head->bias().detach().fill_(2);
  const at::Tensor old = model->model->embed->weight().detach().clone();
  nn::EmbeddingImpl& resized = resize_token_embeddings(*model, 15);
  CHECK(&resized == model->model->embed.get());
  CHECK(resized.weight().sizes() == at::IntArrayRef{15, 12});
  CHECK(model->lm_head->weight().is_same(resized.weight()));
  CHECK(resized.weight().slice(0, 0, 11).equal(old));
  CHECK(resized.weight()[14].allclose(old.mean(0)));  // fewer rows than columns: no distribution, the mean
  CHECK(model->lm_head->bias().slice(0, 0, 11).eq(2).all().item<bool>());
  CHECK(model->lm_head->bias().slice(0, 11).eq(0).all().item<bool>());
  CHECK(config_of(*model).vocab_size == 15);
  CHECK((*model)({{"input_ids", at::randint(0, 15, {1, 4}, at::kLong)}}).at("logits").size(2) == 15);
}

TEST_CASE("a head of its own is resized by its own values") {
  const auto model = attention_model<AttentionForMaskedLM>(untied());
  model->lm_head->weight().detach().fill_(3);
  model->lm_head->bias().detach().fill_(5);
  resize_token_embeddings(*model, 13);
  CHECK(model->lm_head->weight().slice(0, 11).eq(3).all().item<bool>());
  CHECK(model->lm_head->bias().slice(0, 11).allclose(at::full({2}, 5.0)));
  resize_token_embeddings(*model, 4);
  CHECK(model->lm_head->weight().sizes() == at::IntArrayRef{4, 12});
  CHECK(model->lm_head->bias().size(0) == 4);
  CHECK(model->model->embed->weight().size(0) == 4);
}

TEST_CASE("new rows are drawn around the mean where there are more rows than columns") {
  auto config = std::make_shared<AttentionConfig>();
  config->vocab_size = 200;
  const auto model = attention_model<AttentionModel>(config);
  const at::Tensor old = model->embed->weight().detach().clone();
  resize_token_embeddings(*model, 1200);
  const at::Tensor added = model->embed->weight().detach().slice(0, 200);
  CHECK(added.allclose(old.mean(0).expand_as(added), 0, 1e-4));
  CHECK_FALSE(added[0].equal(added[1]));
  // Of 1e-9 times the covariance of the old rows.
  const at::Tensor wanted = old.std(0) * std::sqrt(1e-9);
  CHECK((added.std(0) / wanted - 1).abs().max().item<double>() < 0.15);
}

TEST_CASE("without mean_resizing new rows follow the class's rule") {
  const auto model = attention_model<AttentionForMaskedLM>(untied());
  model->model->embed->weight().detach().fill_(9);
  model->lm_head->bias().detach().fill_(9);
  resize_token_embeddings(*model, 2000, {}, /*mean_resizing=*/false);
  const at::Tensor added = model->model->embed->weight().detach().slice(0, 11);
  CHECK(std::abs(added.mean().item<double>()) < 1e-3);
  CHECK(std::abs(added.std().item<double>() - 0.02) < 1e-3);
  CHECK(model->lm_head->bias().slice(0, 11).eq(0).all().item<bool>());
  CHECK(std::abs(model->lm_head->weight().slice(0, 11).std().item<double>() - 0.02) < 1e-3);
}

TEST_CASE("sizes are rounded up to a multiple, and nothing asked for is nothing done") {
  const auto model = attention_model<AttentionForMaskedLM>();
  const void* data = model->model->embed->weight().const_data_ptr();
  resize_token_embeddings(*model, {});
  resize_token_embeddings(*model, 11);
  CHECK(model->model->embed->weight().const_data_ptr() == data);
  resize_token_embeddings(*model, {}, 8);
  CHECK(config_of(*model).vocab_size == 16);
  resize_token_embeddings(*model, 17, 8);
  CHECK(config_of(*model).vocab_size == 24);
  resize_token_embeddings(*model, 24, 8);
  CHECK(config_of(*model).vocab_size == 24);
}

TEST_CASE("a padding id that is cut off is forgotten, one that stays is kept") {
  auto config = std::make_shared<AttentionConfig>();
  config->pad_token_id = 6;
  const auto model = attention_model<AttentionModel>(config);
  resize_token_embeddings(*model, 7);
  CHECK(model->embed->padding_idx() == 6);
  resize_token_embeddings(*model, 6);
  CHECK_FALSE(model->embed->padding_idx());
  CHECK_FALSE(model->config().pad_token_id);
}

TEST_CASE("sizes that are none change nothing and are named") {
  const auto model = attention_model<AttentionForMaskedLM>(untied());
  const at::Tensor before = model->model->embed->weight().detach().clone();
  const auto check = [&](const char* key, auto&& action) {
    const Error error = error_of(action);
    CHECK(error.code() == codes::kModelSurgery.id);
    CHECK(error.key() == key);
    CHECK_FALSE(error.got().empty());
  };
  check("new_num_tokens", [&] { resize_token_embeddings(*model, 0); });
  check("new_num_tokens", [&] { resize_token_embeddings(*model, -3); });
  check("new_num_tokens", [&] { resize_token_embeddings(*model, int64_t{1} << 40); });
  check("new_num_tokens", [&] { resize_token_embeddings(*model, 12, int64_t{1} << 28); });  // 12 GiB, twice
  check("pad_to_multiple_of", [&] { resize_token_embeddings(*model, 12, 0); });
  check("pad_to_multiple_of", [&] { resize_token_embeddings(*model, 12, -8); });
  check("new_num_position_embeddings", [&] { model->resize_position_embeddings(0); });
  CHECK(before.equal(model->model->embed->weight()));
  CHECK(config_of(*model).vocab_size == 11);
}

struct WithoutPositions : AttentionModel {
  using AttentionModel::AttentionModel;
  nn::EmbeddingImpl* get_position_embeddings() override { return nullptr; }
};

TEST_CASE("a class that shows no position embeddings says so when they are to be resized") {
  const auto model = attention_model<WithoutPositions>();
  const Error error = error_of([&] { model->resize_position_embeddings(5); });
  CHECK(error.code() == codes::kModelSurgery.id);
  CHECK(error.expected().find("get_position_embeddings") != std::string::npos);
  CHECK(model->positions->num_embeddings() == 9);
}

TEST_CASE("a class with a head asks its backbone for the position embeddings") {
  const auto model = attention_model<AttentionForMaskedLM>();
  REQUIRE(model->get_position_embeddings() == model->model->positions.get());
  model->resize_position_embeddings(12);
  CHECK(model->model->positions->num_embeddings() == 12);
}

TEST_CASE("position embeddings are resized where a class shows them") {
  const auto model = attention_model<AttentionModel>();
  const at::Tensor old = model->positions->weight().detach().clone();
  model->resize_position_embeddings(12);
  CHECK(model->positions->weight().slice(0, 0, 9).equal(old));
  CHECK(config_of(*model).max_position_embeddings == 12);
  CHECK((*model)({{"input_ids", at::randint(0, 11, {1, 12}, at::kLong)}}).at("last_hidden_state").size(1) ==
        12);
  model->resize_position_embeddings(3);
  CHECK(model->positions->weight().equal(old.slice(0, 0, 3)));
  CHECK(error_of([&] { model->resize_position_embeddings(0); }).key() == "new_num_position_embeddings");
}

TEST_CASE("embeddings that are set are shared with the model") {
  const auto model = attention_model<AttentionForMaskedLM>();
  nn::Embedding other(30, 12, 4);
  nn::materialize(other->named_parameters()["weight"]);
  set_input_embeddings(*model, other);
  CHECK(model->model->embed->weight().is_same(other->weight()));
  CHECK(model->model->embed->padding_idx() == 4);
  CHECK(model->model->embed->named_parameters()["weight"].is_same(other->weight()));
  CHECK_FALSE(model->lm_head->weight().is_same(other->weight()));
  model->tie_weights();
  CHECK(model->lm_head->weight().is_same(other->weight()));

  nn::Linear head(12, 30);
  for (auto& parameter : head->named_parameters()) nn::materialize(parameter.value());
  set_output_embeddings(*model, head);
  CHECK(model->lm_head->weight().is_same(head->weight()));
  CHECK(model->lm_head->bias().size(0) == 30);
  CHECK(error_of([&] { set_input_embeddings(*model, nn::Embedding(5, 11)); }).got() == "one of width 11");
  CHECK(
      error_of([&] { set_output_embeddings(*model, nn::Linear(12, 5, false)); }).got().find("without bias") !=
      std::string::npos);
  CHECK(error_of([&] { set_output_embeddings(*model->model, nn::Linear(12, 5)); }).expected() ==
        "a class that has one");
}

TEST_CASE("whether a weight is trained stays as it was") {
  const auto model = attention_model<AttentionForMaskedLM>();
  model->model->embed->weight().set_requires_grad(false);
  resize_token_embeddings(*model, 14);
  CHECK_FALSE(model->model->embed->weight().requires_grad());
  CHECK(model->lm_head->bias().requires_grad());
}

}  // namespace
}  // namespace modelhost
