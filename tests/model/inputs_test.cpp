#include "modelhost/model/inputs.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch_test_macros.hpp>

#include "modelhost/base/error_codes.h"
#include "support/error_of.h"
#include "token_ids.h"

namespace modelhost {
namespace {

using test::ids;

InputTable table() {
  using enum Input::Kind;
  using enum Input::Role;
  return {.inputs = {{"input_ids", "B S | C N S", kIds, 9, kSequence},
                     {"inputs_embeds", "B S E", kStates, 0, kSequence},
                     {"attention_mask", "B? K | B? * S K", kMask},
                     {"position_ids", "B? S | C N S", kIds},
                     {"head_mask", "H | L H", kHeadMask},
                     {"encoder_hidden_states", "B T E", kStates, 0, kEncoder},
                     {"encoder_attention_mask", "B? T | B? S? T", kMask, 0, kEncoder},
                     {"labels", "", kOther}},
          .sizes = {{'E', 4}, {'H', 3}, {'L', 2}},
          .cross_attention = CrossAttention::kUsed,
          .max_positions = 8};
}

Error refusal(const NamedTensors& inputs, const InputTable& checked = table(),
              const InputContext& context = {}) {
  const Error error = test::error_of([&] { check_inputs(inputs, checked, context); });
  CHECK(error.code() == codes::kModelInput.id);
  CHECK_FALSE(error.expected().empty());
  CHECK_FALSE(error.got().empty());
  return error;
}

NamedTensors with(const char* name, const at::Tensor& tensor) {
  return {{"input_ids", ids({2, 5})}, {name, tensor}};
}

TEST_CASE("a table of inputs gives the sizes of a forward") {
  const InputShape plain = check_inputs({{"input_ids", ids({2, 5})}}, table(), {});
  CHECK((plain.batch == 2 && plain.sequence == 5 && plain.past == 0));
  CHECK(plain.dimensions == std::vector<int64_t>{2, 5});
  const InputShape choices =
      check_inputs({{"input_ids", ids({2, 3, 5})}, {"position_ids", ids({2, 3, 5})}}, table(), {});
  CHECK((choices.batch == 6 && choices.sequence == 5));
  CHECK(choices.dimensions == std::vector<int64_t>{2, 3, 5});
  const InputShape vectors = check_inputs({{"inputs_embeds", at::ones({2, 5, 4})}}, table(), {});
  CHECK((vectors.batch == 2 && vectors.sequence == 5));
}

TEST_CASE("the sequence comes from exactly one input") {
  CHECK(refusal({}).got() == "neither");
  CHECK(refusal(with("inputs_embeds", at::ones({2, 5, 4}))).got() == "both");
  InputTable one = table();
  one.inputs.erase(one.inputs.begin() + 1);
  const Error error = refusal({{"labels", ids({2})}}, one);
  CHECK(error.key() == "input_ids");
  CHECK(error.got() == "labels");
}

TEST_CASE("shapes are compared with what is known, and messages say both") {
  const Error error = refusal(with("position_ids", ids({3, 5})));
  CHECK(error.key() == "position_ids");
  CHECK(error.expected() == "shape [2, 5]");
  CHECK(error.got() == "shape [3, 5]");
  CHECK(refusal(with("head_mask", at::ones({4}))).expected() == "shape [3] or [2, 3]");
  CHECK(refusal(with("encoder_hidden_states", at::ones({2, 7, 5}))).expected() == "shape [2, keys, 4]");
  CHECK(refusal({{"input_ids", ids({5})}}).expected() ==
        "shape [batch, sequence] or [batch, choices, sequence]");
}

TEST_CASE("a letter with a question mark may be one row for all") {
  CHECK_NOTHROW(check_inputs(with("position_ids", ids({1, 5})), table(), {}));
  CHECK_NOTHROW(check_inputs(with("attention_mask", ids({1, 5})), table(), {}));
  CHECK(refusal(with("attention_mask", ids({2, 1}))).key() == "attention_mask");
}

TEST_CASE("behind a cache masks cover its tokens, too, and positions count them") {
  const InputContext context{.past = 3};
  CHECK_NOTHROW(check_inputs(with("attention_mask", ids({2, 8})), table(), context));
  CHECK(refusal(with("attention_mask", ids({2, 5})), table(), context).expected().find("[2, 8]") !=
        std::string::npos);
  const Error error = refusal({{"input_ids", ids({2, 6})}}, table(), context);
  CHECK(error.expected() == "at most max_position_embeddings = 8");
  CHECK(error.got() == "9, those in the cache included");
  CHECK(default_positions(check_inputs({{"input_ids", ids({2, 2})}}, table(), context), at::kCPU)
            .equal(ids({1, 2}, 3) + at::tensor({0, 1}, at::kLong)));
}

TEST_CASE("ids, dtypes and masks of four dimensions are checked") {
  CHECK(refusal({{"input_ids", ids({2, 5}, 9)}}).key() == "input_ids");
  CHECK(refusal(with("position_ids", ids({2, 5}, -1))).key() == "position_ids");
  CHECK(refusal({{"inputs_embeds", at::ones({2, 5, 4}, at::kDouble)}}).expected() == "Float");
  CHECK(refusal(with("attention_mask", ids({2, 1, 5, 5}))).key() == "attention_mask");
  CHECK_NOTHROW(check_inputs(with("attention_mask", at::ones({2, 1, 5, 5}, at::kBool)), table(), {}));
  CHECK(refusal(with("attention_mask", ids({2, 5, 5}))).message() ==
        "a mask has the wrong number of dimensions");
}

TEST_CASE("a flag is one boolean") {
  const InputTable checked{.inputs = {{"input_ids", "B S", Input::Kind::kIds, 9, Input::Role::kSequence},
                                      {"whole", "", Input::Kind::kFlag}}};
  CHECK(refusal(with("whole", ids({})), checked).key() == "whole");
  CHECK(refusal(with("whole", at::ones({2}, at::kBool)), checked).key() == "whole");
  CHECK_NOTHROW(check_inputs(with("whole", at::ones({}, at::kBool)), checked, {}));
  CHECK(flag(with("whole", at::ones({}, at::kBool)), "whole"));
  CHECK_FALSE(flag(with("whole", at::zeros({}, at::kBool)), "whole"));
  CHECK_FALSE(flag({}, "whole"));
}

TEST_CASE("an empty batch and an empty sequence are refused") {
  CHECK(refusal({{"input_ids", ids({0, 5})}}).message() == "there is nothing to run on");
  CHECK(refusal({{"input_ids", ids({2, 0})}}).key() == "input_ids");
}

TEST_CASE("long sequences pass where the caller says the positions, unless distances are counted") {
  const NamedTensors inputs{{"input_ids", ids({1, 9})}, {"position_ids", ids({1, 9}, 3)}};
  CHECK_NOTHROW(check_inputs(inputs, table(), {}));
  InputTable distances = table();
  distances.counts_distances = true;
  CHECK(refusal(inputs, distances).key() == "input_ids");
}

TEST_CASE("states of an encoder are used, ignored or refused as the class says") {
  InputTable checked = table();
  const NamedTensors inputs = with("encoder_hidden_states", at::ones({9, 9}));
  CHECK(refusal(inputs, checked).key() == "encoder_hidden_states");
  checked.cross_attention = CrossAttention::kIgnored;
  CHECK_NOTHROW(check_inputs(inputs, checked, {}));
  checked.cross_attention = CrossAttention::kRefused;
  CHECK(refusal(inputs, checked).fix().find("add_cross_attention") != std::string::npos);
  CHECK(checked.names(/*with_encoder=*/false).size() == 6);
}

TEST_CASE("a mask of heads of a model that lost some is the caller's business") {
  CHECK_NOTHROW(check_inputs(with("head_mask", at::ones({5})), table(), {.heads_pruned = true}));
  CHECK_NOTHROW(check_inputs(with("head_mask", at::ones({2, 1, 3, 1, 1})), table(), {}));
}

}  // namespace
}  // namespace modelhost
