// Which checkpoints fit which class, what is reported, and that saving and loading lose nothing.
#include <catch2/generators/catch_generators.hpp>

#include "golden_support.h"
#include "modelhost/save/save_pretrained.h"

namespace modelhost::plugins::gpt2 {
namespace {

using Keys = std::vector<std::string>;

LoadedModel load(const std::string& class_name, const std::string& golden) {
  return from_pretrained(spec_named(class_name), goldens_folder() / golden);
}

at::Tensor full_logits(PreTrainedModel& model, const std::string& golden) {
  const at::NoGradGuard no_grad;
  return model(testing::GoldenCheckpoint(goldens_folder() / golden).inputs().at("full")).at("logits");
}

// Every tensor of both models has the same name and the same bits.
void check_same_state(torch::nn::Module& left, torch::nn::Module& right) {
  const auto a = state_dict(left), b = state_dict(right);
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO(a[i].name);
    CHECK(a[i].name == b[i].name);
    CHECK(a[i].tensor.scalar_type() == b[i].tensor.scalar_type());
    CHECK(a[i].tensor.equal(b[i].tensor));
  }
}

TEST_CASE("a tied head that is not in the file is not missing") {
  const auto loaded = load("GPT2LMHeadModel", "plain-GPT2LMHeadModel");
  CHECK(loaded.report.complete());
  CHECK(
      tensor_of(*loaded.model, "lm_head.weight").is_same(tensor_of(*loaded.model, "transformer.wte.weight")));
}

TEST_CASE("without tie_word_embeddings the head has its own weight, and is missing where the file lacks it") {
  const auto loaded = load("GPT2LMHeadModel", "untied-GPT2LMHeadModel");
  CHECK(loaded.report.complete());
  CHECK_FALSE(
      tensor_of(*loaded.model, "lm_head.weight").equal(tensor_of(*loaded.model, "transformer.wte.weight")));

  FromPretrainedOptions options;
  options.config_overrides = {{"tie_word_embeddings", false}};
  const auto folder = goldens_folder() / "plain-GPT2LMHeadModel";
  const auto untied = from_pretrained(spec_named("GPT2LMHeadModel"), folder, options);
  CHECK(untied.report.missing_keys == Keys{"lm_head.weight"});
  const double spread = tensor_of(*untied.model, "lm_head.weight").std().item<double>();
  CHECK((spread > 0.01 && spread < 0.03));  // initializer_range
}

TEST_CASE(
    "an old checkpoint without prefix, and with buffers in it, loads into the base and into every head") {
  const std::string golden = GENERATE("old-GPT2LMHeadModel", "old-bin-GPT2LMHeadModel");
  CHECK(load("GPT2Model", golden).report.complete());
  CHECK(load("GPT2LMHeadModel", golden).report.complete());
  CHECK(load("GPT2ForSequenceClassification", golden).report.missing_keys == Keys{"score.weight"});
  CHECK(load("GPT2ForQuestionAnswering", golden).report.missing_keys ==
        Keys{"qa_outputs.bias", "qa_outputs.weight"});
  CHECK(load("GPT2DoubleHeadsModel", golden).report.missing_keys ==
        Keys{"multiple_choice_head.summary.bias", "multiple_choice_head.summary.weight"});
  CHECK(load("GPT2DoubleHeadsModel", golden).report.unexpected_keys.empty());
}

TEST_CASE("buffers of a layer that the model does not have are unexpected") {
  FromPretrainedOptions options;
  options.config_overrides = {{"n_layer", 1}};
  const auto folder = goldens_folder() / "old-GPT2LMHeadModel";
  const auto unexpected = from_pretrained(spec_named("GPT2Model"), folder, options).report.unexpected_keys;
  CHECK(unexpected.size() == 14);  // 12 parameters, 2 buffers
  for (const std::string& key : unexpected) CHECK(key.starts_with("h.1."));
}

TEST_CASE("a checkpoint with a head loads into the base model without it") {
  const auto base = load("GPT2Model", "plain-GPT2ForTokenClassification");
  CHECK(base.report.missing_keys.empty());
  CHECK(base.report.unexpected_keys == Keys{"classifier.bias", "classifier.weight"});
  const auto head = load("GPT2ForTokenClassification", "plain-GPT2ForTokenClassification");
  check_same_state(*base.model, head.model->base_model());
}

TEST_CASE("GPT-2's parameters are copies, and equal to those that would be views of the file") {
  for (const char* golden : {"plain-GPT2LMHeadModel", "sharded-GPT2LMHeadModel", "bfloat16-GPT2LMHeadModel",
                             "untied-GPT2DoubleHeadsModel", "old-GPT2LMHeadModel"}) {
    INFO(golden);
    const auto folder = goldens_folder() / golden;
    ModelSpec spec = spec_of_folder(folder);
    CHECK_FALSE(spec.traits.supports_assign_param_buffer);
    const auto copied = from_pretrained(spec, folder);
    CHECK(copied.report.tensors_assigned == 0);
    spec.traits.supports_assign_param_buffer = true;
    const auto assigned = from_pretrained(spec, folder);
    CHECK(assigned.report.tensors_copied == 0);
    CHECK(assigned.report.missing_keys == copied.report.missing_keys);
    CHECK(assigned.report.unexpected_keys == copied.report.unexpected_keys);
    check_same_state(*copied.model, *assigned.model);
    if (golden != std::string("untied-GPT2DoubleHeadsModel"))
      CHECK(full_logits(*copied.model, golden).equal(full_logits(*assigned.model, golden)));
  }
}

TEST_CASE("saved and loaded again, a GPT-2 model of any class has the same bits and the same config") {
  for (const auto& entry : std::filesystem::directory_iterator(goldens_folder())) {
    INFO(entry.path().filename().string());
    const testing::ScratchDirectory directory;
    const ModelSpec spec = spec_of_folder(entry.path());
    const auto first = from_pretrained(spec, entry.path());
    SaveOptions options;
    options.max_shard_size = GENERATE(as<std::string>(), "5GB", "4KB");
    save_pretrained(*first.model, directory.path(), options);
    FromPretrainedOptions strict;
    strict.strict = true;
    const auto second = from_pretrained(spec, directory.path(), strict);
    check_same_state(*first.model, *second.model);
    CHECK(read_bytes(directory.path() / "config.json") == read_bytes(entry.path() / "config.json"));
  }
}

TEST_CASE("what is saved of a tied model is what transformers saves") {
  const testing::ScratchDirectory directory;
  const auto loaded = load("GPT2LMHeadModel", "plain-GPT2LMHeadModel");
  const SaveReport report = save_pretrained(*loaded.model, directory.path());
  CHECK(report.tied_keys == Keys{"lm_head.weight"});
  const auto ours = open_checkpoint(directory.path());
  const auto theirs = open_checkpoint(goldens_folder() / "plain-GPT2LMHeadModel");
  REQUIRE(ours->tensors().size() == theirs->tensors().size());
  for (const TensorInfo& tensor : theirs->tensors()) CHECK(ours->find(tensor.name) != nullptr);
}

}  // namespace
}  // namespace modelhost::plugins::gpt2
