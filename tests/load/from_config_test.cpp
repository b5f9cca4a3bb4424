// New models: transformers' from_config.
#include <ATen/core/Tensor.h>

#include "modelhost/base/error_codes.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/load/from_pretrained.h"
#include "modelhost/model/state_dict.h"
#include "support/error_of.h"
#include "support/sample_model.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost {
namespace {

using test::code_of;
using test::SampleForCausalLM;

const Json kNewConfig = {{"model_type", "sample"}, {"vocab_size", 9}, {"hidden_size", 4}};

std::shared_ptr<PreTrainedModel> make(FromPretrainedOptions options = {}) {
  if (!options.config) options.config = kNewConfig;
  return from_config(model_spec<SampleForCausalLM>("Sample"), options);
}

TEST_CASE("a new model has weights by the rule of its class, tied and ready to train") {
  const auto model = make();
  CHECK(model->is_training());
  CHECK(model->dtype() == at::kFloat);
  int64_t tensors = 0;
  for (const StateEntry& entry : state_dict(*model)) {
    CAPTURE(entry.name);
    ++tensors;
    const bool is_random = entry.name.ends_with("embed.weight") || entry.name.ends_with("dense.weight") ||
                           entry.name == "lm_head.weight";
    CHECK(entry.tensor.is_contiguous());
    CHECK((entry.tensor.std().item<double>() > 0.001) == is_random);
    if (entry.name.ends_with("norm.weight")) CHECK(entry.tensor.eq(1).all().item<bool>());
    if (entry.name.ends_with("bias")) CHECK(entry.tensor.eq(0).all().item<bool>());
  }
  CHECK(tensors == 7);
  auto* input = model->get_input_embeddings();
  CHECK(input->weight().sizes() == at::IntArrayRef{9, 4});
  CHECK(input->weight().is_same(model->get_output_embeddings()->weight()));
}

TEST_CASE("a new model heeds dtype, attention and overrides") {
  CHECK(make({.dtype = at::kBFloat16}).get()->dtype() == at::kBFloat16);
  Json config = kNewConfig;
  config["dtype"] = "float16";
  CHECK(make({.config = config})->dtype() == at::kHalf);
  CHECK(make({.attn_implementation = AttentionImplementation::kEager})->config().attn_implementation ==
        "eager");
  const auto wide = make({.config_overrides = {{"vocab_size", 20}}});
  CHECK(wide->get_input_embeddings()->num_embeddings() == 20);
}

TEST_CASE("a new model that cannot be is refused") {
  CHECK(code_of([] { from_config(model_spec<SampleForCausalLM>("Sample"), {}); }) == codes::kLoadOption.id);
  CHECK(code_of([] { make({.dtype = at::kInt}); }) == codes::kLoadDtype.id);
  CHECK(code_of([] { make({.device = at::kMeta}); }) == codes::kLoadOption.id);
  Json config = kNewConfig;
  config["hidden_size"] = 0;
  CHECK(code_of([&] { make({.config = config}); }) == codes::kConfigRange.id);
  config["hidden_size"] = 1'000'000;  // 4 TB of new weights
  CHECK(code_of([&] { make({.config = config}); }) == codes::kModelBuild.id);
}

}  // namespace
}  // namespace modelhost
