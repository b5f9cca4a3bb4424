// What golden checkpoints show beside parity, which the conformance kit checks (make_goldens.py says how they
// are made).
#include <catch2/generators/catch_generators.hpp>

#include "golden_support.h"

namespace modelhost::plugins::gpt2 {
namespace {

TEST_CASE("GPT-2 checkpoints in half precision keep their dtype and run near their float32 results") {
  const std::string dtype = GENERATE("float16", "bfloat16");
  const std::string attention = GENERATE("eager", "sdpa");
  const auto folder = goldens_folder() / (dtype + "-GPT2LMHeadModel");
  FromPretrainedOptions load;
  load.attn_implementation = attention_from_name(attention);
  const auto model = from_pretrained(spec_of_folder(folder), folder, load).model;
  const at::NoGradGuard no_grad;
  const at::Tensor got = (*model)(testing::GoldenCheckpoint(folder).inputs().at("full")).at("logits");
  const at::Tensor wanted = testing::GoldenCheckpoint(folder).outputs().at("full").at("logits");
  CHECK(got.scalar_type() == *scalar_type_from_name(dtype));
  CHECK((got.to(at::kFloat) - wanted).abs().max().item<double>() < (dtype == "bfloat16" ? 0.2 : 0.02));
}

TEST_CASE("upcast attention in half precision computes its scores in float32") {
  const auto folder = goldens_folder() / "scaled-upcast-GPT2Model";
  FromPretrainedOptions load;
  load.attn_implementation = AttentionImplementation::kEager;
  load.dtype = GENERATE(at::kHalf, at::kBFloat16);
  const auto model = from_pretrained(spec_of_folder(folder), folder, load).model;
  const at::NoGradGuard no_grad;
  const at::Tensor got =
      (*model)(testing::GoldenCheckpoint(folder).inputs().at("full")).at("last_hidden_state");
  const at::Tensor wanted = testing::GoldenCheckpoint(folder).outputs().at("full").at("last_hidden_state");
  CHECK(got.scalar_type() == *load.dtype);
  CHECK((got.to(at::kFloat) - wanted).abs().max().item<double>() <
        (load.dtype == at::kBFloat16 ? 0.3 : 0.03));
}

}  // namespace
}  // namespace modelhost::plugins::gpt2
