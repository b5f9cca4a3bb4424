#include "bert_model.h"

#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include "bert_test_support.h"
#include "modelhost/base/error_codes.h"

namespace modelhost::plugins::bert {
namespace {

constexpr int64_t kBatch = 2, kLength = 5;

NamedTensors good_inputs() {
  return ids_of_shape({kBatch, kLength});
}

NamedTensors good_inputs_with(const std::string& name, const at::Tensor& tensor) {
  NamedTensors inputs = good_inputs();
  inputs.set(name, tensor);
  return inputs;
}

// Runs a small model and returns the name of the input that is refused.
std::string refused(const NamedTensors& inputs, std::shared_ptr<BertConfig> config = small_config()) {
  const auto model = make_model<BertModel>(std::move(config));
  const Error error = error_of([&] { (*model)(inputs); });
  CHECK(error.code() == codes::kModelInput.id);
  CHECK_FALSE(error.expected().empty());
  CHECK_FALSE(error.got().empty());
  return error.key();
}

at::Tensor longs(at::IntArrayRef shape, int64_t value) {
  return at::full(shape, value, at::kLong);
}

TEST_CASE("BERT wants exactly one of input_ids and inputs_embeds") {
  CHECK(refused({}) == "input_ids");
  CHECK(refused(good_inputs_with("inputs_embeds", at::randn({kBatch, kLength, 12}))) == "input_ids");
}

TEST_CASE("BERT refuses token ids of the wrong rank, dtype or range") {
  CHECK(refused({{"input_ids", longs({kLength}, 1)}}) == "input_ids");
  CHECK(refused({{"input_ids", at::ones({kBatch, kLength})}}) == "input_ids");
  CHECK(refused({{"input_ids", longs({kBatch, kLength}, 19)}}) == "input_ids");
  CHECK(refused({{"input_ids", longs({kBatch, kLength}, -1)}}) == "input_ids");
}

TEST_CASE("BERT refuses embeddings of the wrong shape or dtype") {
  CHECK(refused({{"inputs_embeds", at::randn({kBatch, kLength, 13})}}) == "inputs_embeds");
  CHECK(refused({{"inputs_embeds", at::randn({kLength, 12})}}) == "inputs_embeds");
  CHECK(refused({{"inputs_embeds", at::randn({kBatch, kLength, 12}, at::kDouble)}}) == "inputs_embeds");
}

TEST_CASE("BERT refuses a sequence that is longer than its positions") {
  CHECK(refused({{"input_ids", longs({1, 11}, 1)}}) == "input_ids");
}

TEST_CASE("a long sequence passes with absolute positions given by the caller, not with relative ones") {
  const NamedTensors inputs{{"input_ids", longs({1, 11}, 1)}, {"position_ids", longs({1, 11}, 3)}};
  CHECK((*make_model<BertModel>())(inputs).at("last_hidden_state").size(1) == 11);
  const auto relative = small_config();
  relative->position_embedding_type = "relative_key";
  CHECK(refused(inputs, relative) == "input_ids");
}

TEST_CASE("BERT refuses token types and positions outside their tables or of another shape") {
  for (const char* name : {"token_type_ids", "position_ids"}) {
    INFO(name);
    CHECK(refused(good_inputs_with(name, longs({kBatch, kLength}, 10))) == name);
    CHECK(refused(good_inputs_with(name, longs({kBatch, kLength}, -1))) == name);
    CHECK(refused(good_inputs_with(name, longs({kBatch, kLength + 1}, 0))) == name);
    CHECK(refused(good_inputs_with(name, longs({kBatch + 1, kLength}, 0))) == name);
    CHECK(refused(good_inputs_with(name, at::zeros({kBatch, kLength}))) == name);
  }
}

TEST_CASE("one row of positions serves all rows of a batch") {
  const auto model = make_model<BertModel>();
  NamedTensors inputs = good_inputs_with("position_ids", longs({1, kLength}, 2));
  const at::Tensor once = (*model)(inputs).at("last_hidden_state");
  inputs.set("position_ids", longs({kBatch, kLength}, 2));
  CHECK(once.equal((*model)(inputs).at("last_hidden_state")));
}

TEST_CASE("BERT refuses masks that do not fit the sequence") {
  CHECK(refused(good_inputs_with("attention_mask", longs({kBatch, kLength + 1}, 1))) == "attention_mask");
  CHECK(refused(good_inputs_with("attention_mask", longs({kBatch + 1, kLength}, 1))) == "attention_mask");
  CHECK(refused(good_inputs_with("attention_mask", longs({kBatch, 3, kLength}, 1))) == "attention_mask");
  CHECK(refused(good_inputs_with("attention_mask", longs({kBatch, 1, kLength, kLength}, 1))) ==
        "attention_mask");
  CHECK(refused(good_inputs_with("head_mask", at::ones({4}))) == "head_mask");
  CHECK(refused(good_inputs_with("head_mask", at::ones({3, 3}))) == "head_mask");
}

TEST_CASE("a decoder refuses encoder states and masks that do not fit") {
  const auto config = small_config();
  config->is_decoder = config->add_cross_attention = true;
  const char* states = "encoder_hidden_states";
  CHECK(refused(good_inputs_with(states, at::randn({kBatch, 7, 13})), config) == states);
  CHECK(refused(good_inputs_with(states, at::randn({kBatch + 1, 7, 12})), config) == states);
  NamedTensors inputs = good_inputs_with(states, at::randn({kBatch, 7, 12}));
  inputs.set("encoder_attention_mask", longs({kBatch, kLength}, 1));
  CHECK(refused(inputs, config) == "encoder_attention_mask");
}

TEST_CASE("a decoder without cross attention refuses encoder states") {
  const auto config = small_config();
  config->is_decoder = true;
  const auto model = make_model<BertModel>(config);
  const NamedTensors inputs = good_inputs_with("encoder_hidden_states", at::randn({kBatch, 7, 12}));
  CHECK(error_of([&] { (*model)(inputs); }).key() == "encoder_hidden_states");
}

TEST_CASE("a chunked feed-forward refuses a sequence that is no multiple of its chunk") {
  const auto config = small_config();
  config->chunk_size_feed_forward = 2;
  CHECK(refused(good_inputs(), config) == "chunk_size_feed_forward");
}

TEST_CASE("multiple choice inputs without the dimension of the choices are refused") {
  const auto model = make_model<BertForMultipleChoice>();
  CHECK(error_of([&] { (*model)(good_inputs()); }).key() == "input_ids");
}

TEST_CASE("an unknown input name is refused with the nearest one") {
  const auto model = make_model<BertModel>();
  const Error error = error_of([&] {
    (*model)(good_inputs_with("attention_mas", longs({kBatch, kLength}, 1)));
  });
  CHECK(error.fix().find("attention_mask") != std::string::npos);
}

}  // namespace
}  // namespace modelhost::plugins::bert
