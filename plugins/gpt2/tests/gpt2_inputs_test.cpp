#include "gpt2_model.h"

#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>

#include "gpt2_test_support.h"
#include "modelhost/base/error_codes.h"

namespace modelhost::plugins::gpt2 {
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
template <typename Model = GPT2Model>
std::string refused(const NamedTensors& inputs, std::shared_ptr<GPT2Config> config = small_config()) {
  const auto model = make_model<Model>(std::move(config));
  const Error error = error_of([&] { (*model)(inputs); });
  CHECK(error.code() == codes::kModelInput.id);
  CHECK_FALSE(error.expected().empty());
  CHECK_FALSE(error.got().empty());
  return error.key();
}

at::Tensor longs(at::IntArrayRef shape, int64_t value) {
  return at::full(shape, value, at::kLong);
}

TEST_CASE("GPT-2 wants exactly one of input_ids and inputs_embeds") {
  CHECK(refused({}) == "input_ids");
  CHECK(refused(good_inputs_with("inputs_embeds", at::randn({kBatch, kLength, 12}))) == "input_ids");
}

TEST_CASE("GPT-2 refuses token ids of the wrong rank, dtype or range") {
  CHECK(refused({{"input_ids", longs({kLength}, 1)}}) == "input_ids");
  CHECK(refused({{"input_ids", longs({1, 1, 1, kLength}, 1)}}) == "input_ids");
  CHECK(refused({{"input_ids", at::ones({kBatch, kLength})}}) == "input_ids");
  CHECK(refused({{"input_ids", longs({kBatch, kLength}, 19)}}) == "input_ids");
  CHECK(refused({{"input_ids", longs({kBatch, kLength}, -1)}}) == "input_ids");
}

TEST_CASE("GPT-2 refuses to run on nothing") {
  CHECK(refused({{"input_ids", longs({0, kLength}, 1)}}) == "input_ids");
  CHECK(refused({{"input_ids", longs({kBatch, 0}, 1)}}) == "input_ids");
  CHECK(refused({{"inputs_embeds", at::randn({kBatch, 0, 12})}}) == "inputs_embeds");
}

TEST_CASE("GPT-2 refuses embeddings of the wrong shape or dtype") {
  CHECK(refused({{"inputs_embeds", at::randn({kBatch, kLength, 13})}}) == "inputs_embeds");
  CHECK(refused({{"inputs_embeds", at::randn({kLength, 12})}}) == "inputs_embeds");
  CHECK(refused({{"inputs_embeds", at::randn({kBatch, kLength, 12}, at::kDouble)}}) == "inputs_embeds");
}

TEST_CASE("GPT-2 refuses a sequence that is longer than its positions, unless they are given") {
  CHECK(refused({{"input_ids", longs({1, 11}, 1)}}) == "input_ids");
  for (const char* attention : {"eager", "sdpa"}) {
    const auto model = make_model<GPT2Model>(small_config_with(attention));
    const NamedTensors inputs{{"input_ids", longs({1, 11}, 1)}, {"position_ids", longs({1, 11}, 3)}};
    CHECK((*model)(inputs).at("last_hidden_state").size(1) == 11);
  }
}

TEST_CASE("GPT-2 refuses token types and positions outside their tables or of another shape") {
  for (const char* name : {"token_type_ids", "position_ids"}) {
    INFO(name);
    CHECK(refused(good_inputs_with(name, longs({kBatch, kLength}, 19))) == name);
    CHECK(refused(good_inputs_with(name, longs({kBatch, kLength}, -1))) == name);
    CHECK(refused(good_inputs_with(name, longs({kBatch, kLength + 1}, 0))) == name);
    CHECK(refused(good_inputs_with(name, longs({kBatch + 1, kLength}, 0))) == name);
    CHECK(refused(good_inputs_with(name, at::zeros({kBatch, kLength}))) == name);
  }
}

TEST_CASE("GPT-2 takes ids with choices, and for all rows at once") {
  const auto model = make_model<GPT2Model>();
  NamedTensors inputs = ids_of_shape({2, 3, 4});
  const auto with_positions = [&](at::IntArrayRef shape) {
    inputs.set("position_ids", longs(shape, 2));
    return (*model)(inputs).at("last_hidden_state");
  };
  const at::Tensor once = with_positions({1, 4});
  CHECK(once.equal(with_positions({6, 4})));
  CHECK(once.equal(with_positions({2, 3, 4})));
}

TEST_CASE("GPT-2 refuses masks that do not fit the sequence") {
  const char* name = "attention_mask";
  CHECK(refused(good_inputs_with(name, longs({kBatch, kLength + 1}, 1))) == name);
  CHECK(refused(good_inputs_with(name, longs({1, kLength}, 1))) == name);
  CHECK(refused(good_inputs_with(name, longs({kBatch, kLength, kLength}, 1))) == name);
  CHECK(refused(good_inputs_with(name, at::ones({kBatch, 1, kLength, kLength + 1}))) == name);
  CHECK(refused(good_inputs_with(name, at::ones({3, 1, kLength, kLength}))) == name);
  CHECK(refused(good_inputs_with(name, longs({kBatch, 1, kLength, kLength}, 1))) == name);
  CHECK(refused(good_inputs_with("head_mask", at::ones({4}))) == "head_mask");
  CHECK(refused(good_inputs_with("head_mask", at::ones({3, 3}))) == "head_mask");
}

TEST_CASE("GPT-2 refuses encoder states and masks that do not fit, or that it cannot use") {
  const auto config = small_config();
  config->add_cross_attention = true;
  const char* states = "encoder_hidden_states";
  CHECK(refused(good_inputs_with(states, at::randn({kBatch, 7, 12}))) == states);
  CHECK(refused(good_inputs_with(states, at::randn({kBatch, 7, 13})), config) == states);
  CHECK(refused(good_inputs_with(states, at::randn({kBatch + 1, 7, 12})), config) == states);
  NamedTensors inputs = good_inputs_with(states, at::randn({kBatch, 7, 12}));
  inputs.set("encoder_attention_mask", longs({kBatch, kLength}, 1));
  CHECK(refused(inputs, config) == "encoder_attention_mask");
}

TEST_CASE("several rows are not classified without a padding token") {
  using Model = GPT2ForSequenceClassification;
  CHECK(refused<Model>(good_inputs()) == "input_ids");
  CHECK(refused<Model>({{"inputs_embeds", at::randn({2, 3, 12})}}) == "inputs_embeds");
  CHECK(refused<Model>(ids_of_shape({1, 2, 3})) == "input_ids");
  CHECK_NOTHROW((*make_model<Model>())(ids_of_shape({1, 4})));
  const auto config = small_config();
  config->pad_token_id = 0;
  CHECK_NOTHROW((*make_model<Model>(config))(good_inputs()));
}

TEST_CASE("the double heads model refuses tokens to score that are outside the sequence") {
  using Model = GPT2DoubleHeadsModel;
  NamedTensors inputs = ids_of_shape({2, 3, 4});
  inputs.set("mc_token_ids", longs({2, 3}, 4));
  CHECK(refused<Model>(inputs) == "mc_token_ids");
  inputs.set("mc_token_ids", longs({2, 3}, -1));
  CHECK(refused<Model>(inputs) == "mc_token_ids");
  inputs.set("mc_token_ids", longs({2}, 1));
  CHECK(refused<Model>(inputs) == "mc_token_ids");
}

TEST_CASE("GPT-2's labels must fit the tokens") {
  CHECK(refused<GPT2LMHeadModel>(good_inputs_with("labels", longs({kBatch, kLength - 1}, 1))) == "labels");
  CHECK(refused<GPT2LMHeadModel>(good_inputs_with("labels", longs({kBatch, kLength}, 19))) == "labels");
  CHECK(refused<GPT2DoubleHeadsModel>(good_inputs_with("labels", longs({kLength}, 1))) == "labels");
  CHECK(refused<GPT2DoubleHeadsModel>(good_inputs_with("mc_labels", longs({3}, 0))) == "mc_labels");
  CHECK(refused<GPT2ForTokenClassification>(good_inputs_with("labels", longs({kBatch}, 1))) == "labels");
}

TEST_CASE("positions to score must exist") {
  const char* name = "logits_to_keep";
  CHECK(refused<GPT2LMHeadModel>(good_inputs_with(name, at::scalar_tensor(-1, at::kLong))) == name);
  CHECK(refused<GPT2LMHeadModel>(good_inputs_with(name, at::tensor({kLength}))) == name);
  CHECK(refused<GPT2LMHeadModel>(good_inputs_with(name, at::scalar_tensor(1.5))) == name);
  CHECK(refused<GPT2LMHeadModel>(good_inputs_with(name, longs({1, 1}, 0))) == name);
}

TEST_CASE("an input that a GPT-2 class does not take is refused with the nearest name") {
  const auto model = make_model<GPT2ForQuestionAnswering>();
  const Error error = error_of([&] { (*model)(good_inputs_with("start_position", longs({kBatch}, 1))); });
  CHECK(error.fix().find("start_positions") != std::string::npos);
}

}  // namespace
}  // namespace modelhost::plugins::gpt2
