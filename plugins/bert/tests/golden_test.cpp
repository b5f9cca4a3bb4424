// What golden checkpoints show beside parity, which the conformance kit checks (make_goldens.py says how they
// are made).
#include <catch2/generators/catch_generators.hpp>

#include "bert_test_support.h"
#include "modelhost/load/from_pretrained.h"
#include "modelhost/load/tensor_bytes.h"
#include "modelhost/testing/golden_checkpoint.h"

namespace modelhost::plugins::bert {
namespace {

template <typename Model>
ModelSpec spec_of() {
  return model_spec<Model>(class_name(typeid(Model)));
}

TEST_CASE("a masked language model's checkpoint loads into the base model without its head") {
  const auto loaded = from_pretrained(spec_of<BertModel>(), goldens_folder() / "plain-BertForMaskedLM");
  CHECK(loaded.report.missing_keys == std::vector<std::string>{"pooler.dense.bias", "pooler.dense.weight"});
  for (const std::string& key : loaded.report.unexpected_keys) CHECK(key.starts_with("cls."));
  CHECK_FALSE(loaded.report.unexpected_keys.empty());
}

TEST_CASE("a base checkpoint loads into a classifier whose head is new") {
  const auto loaded =
      from_pretrained(spec_of<BertForSequenceClassification>(), goldens_folder() / "plain-BertModel");
  CHECK(loaded.report.missing_keys == std::vector<std::string>{"classifier.bias", "classifier.weight"});
  CHECK(loaded.report.unexpected_keys.empty());
}

TEST_CASE("BERT runs in half precision, bfloat16 and double, near its float32 results") {
  const std::string dtype = GENERATE("float16", "bfloat16", "float64");
  const std::string attention = GENERATE("eager", "sdpa");
  INFO(dtype << ", " << attention);
  FromPretrainedOptions load;
  load.dtype = model_dtype_from_name(dtype);
  load.attn_implementation = attention_from_name(attention);
  const auto folder =
      goldens_folder() / GENERATE("plain-BertModel", "decoder-BertModel", "relative-key-BertModel");
  const auto model = from_pretrained(spec_of<BertModel>(), folder, load).model;
  const testing::GoldenCheckpoint golden(folder);
  const at::Tensor wanted = golden.outputs().at("full").at("last_hidden_state");

  const at::NoGradGuard no_grad;
  const at::Tensor got = (*model)(golden.inputs().at("full")).at("last_hidden_state");
  CHECK(got.scalar_type() == *scalar_type_from_name(dtype));
  const double allowed = dtype == "bfloat16" ? 0.2 : dtype == "float16" ? 0.02 : 1e-4;
  CHECK((got.to(at::kFloat) - wanted).abs().max().item<double>() < allowed);
}

}  // namespace
}  // namespace modelhost::plugins::bert
