// The embedder on a small model, against sums by hand and texts one by one.
#include "modelhost/host/tasks/sentence_embedder.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <cmath>
#include <limits>

#include "modelhost/base/error_codes.h"
#include "modelhost/tokenizers/error_codes.h"
#include "support/error_of.h"
#include "support/temp_dir.h"
#include "support/text_model.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost::host {
namespace {

using test::error_of;
using test::TempDir;
using testing::CompleteForMaskedLM;
using testing::CompleteModel;

const std::vector<std::string> kTexts = {"a man eats food.", "hello", "The cat sat on the mat", "", "worlds"};

LoadedModel loaded_from(const std::filesystem::path& directory, const FromPretrainedOptions& options = {}) {
  return from_pretrained(model_spec<CompleteModel>("CompleteModel"), directory, options);
}

SentenceEmbedder embedder_from(const std::filesystem::path& directory) {
  return {loaded_from(directory), Tokenizer::from_pretrained(directory), read_sentence_config(directory)};
}

// [texts, E]: the model on each text alone, and the mean of its tokens.
at::Tensor means(PreTrainedModel& model, const Tokenizer& tokenizer, const std::vector<std::string>& texts) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> rows;
  for (const std::string& text : texts) {
    const at::Tensor ids = at::tensor(tokenizer.encode(text).input_ids, at::kLong).unsqueeze(0);
    rows.push_back(model({{"input_ids", ids}}).at("last_hidden_state").mean(1));
  }
  return at::cat(rows);
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

// Of the file with these weights, one tensor replaced.
template <typename Change>
void change_weight(const std::filesystem::path& directory, const std::string& name, Change&& change) {
  const LoadedModel loaded = loaded_from(directory);
  const at::NoGradGuard no_grad;
  for (const StateEntry& entry : state_dict(*loaded.model)) {
    if (entry.name == name) change(entry.tensor);
  }
  save_pretrained(*loaded.model, directory);
}

TEST_CASE("an embedding is the normalised mean of the tokens' vectors, in any size of batches and in order") {
  const TempDir dir;
  SentenceEmbedder embedder = embedder_from(test::write_text_model(dir / "m"));
  at::Tensor wanted = means(embedder.model(), embedder.tokenizer(), kTexts);
  wanted = wanted / wanted.norm(2, 1, /*keepdim=*/true);
  for (const int64_t batch_size : {1, 2, 32}) {
    CAPTURE(batch_size);
    const at::Tensor vectors = embedder.embed(kTexts, batch_size);
    CHECK(vectors.sizes() == at::IntArrayRef{5, 12});
    CHECK(largest_difference(vectors, wanted) < 1e-5);
  }
  CHECK(largest_difference(wanted[0], wanted[1]) > 0.1);
}

TEST_CASE("progress counts texts, the last call all of them; no texts are no vectors") {
  const TempDir dir;
  SentenceEmbedder embedder = embedder_from(test::write_text_model(dir / "m"));
  std::vector<int64_t> done;
  embedder.embed(kTexts, 2, [&](int64_t count) { done.push_back(count); });
  CHECK((done == std::vector<int64_t>{2, 4, 5}));
  CHECK(embedder.embed({}).size(0) == 0);
}

TEST_CASE("a long text is cut to what the directory says, else to what model and tokenizer can take") {
  const TempDir dir;
  const auto model = test::write_text_model(dir / "m");
  const std::string eleven = "a a a a a a a a a a cat", ten = "a a a a a a a a a a";
  SentenceEmbedder embedder = embedder_from(model);
  CHECK(embedder.max_seq_length() == 12);
  CHECK(largest_difference(embedder.embed({eleven}), embedder.embed({ten})) < 1e-6);
  std::filesystem::remove(model / "sentence_bert_config.json");
  SentenceEmbedder longer = embedder_from(model);
  CHECK(longer.max_seq_length() == test::kTextModelPositions);
  CHECK(largest_difference(longer.embed({eleven}), longer.embed({ten})) > 1e-3);
  dir.write("m/tokenizer_config.json", R"({"model_max_length": 14})");
  CHECK(embedder_from(model).max_seq_length() == 14);
}

TEST_CASE("a model that asks for lower case gets it before its tokenizer") {
  const TempDir dir;
  const auto model = test::write_text_model(dir / "m");
  dir.write("m/tokenizer.json", test::text_model_tokenizer(/*lower=*/false).dump());
  const auto difference = [&] {
    const at::Tensor both = embedder_from(model).embed({"a man is eating", "A MAN Is Eating"});
    return largest_difference(both[0], both[1]);
  };
  CHECK(difference() > 0.01);
  dir.write("m/sentence_bert_config.json", R"({"max_seq_length": 12, "do_lower_case": true})");
  CHECK(difference() == 0);
}

TEST_CASE("a text that is not UTF-8 is named by its place") {
  const TempDir dir;
  SentenceEmbedder embedder = embedder_from(test::write_text_model(dir / "m"));
  const Error error = error_of([&] { embedder.embed({"fine", "bad \xff byte"}); });
  CHECK(error.code() == codes::kTokenizerUtf8.id);
  CHECK(error.key() == "text 2");
}

TEST_CASE("ids beyond the model's vocabulary lead to the tokenizer that made them") {
  const TempDir dir;
  const auto model = test::write_text_model(dir / "m");
  Json tokenizer = test::text_model_tokenizer();
  tokenizer["model"]["vocab"]["hello"] = 40;
  dir.write("m/tokenizer.json", tokenizer.dump());
  SentenceEmbedder embedder = embedder_from(model);
  CHECK_NOTHROW(embedder.embed({"world"}));
  const Error error = error_of([&] { embedder.embed({"hello"}); });
  CHECK(error.code() == codes::kModelInput.id);
  CHECK(error.notes().find("the tokenizer of the model directory") != std::string::npos);
}

TEST_CASE("weights that embeddings depend on must be in the checkpoint, others need not") {
  const TempDir dir;
  const auto model = test::write_text_model(dir / "m");
  LoadedModel missing = loaded_from(model);
  missing.report.newly_initialized = {"layer.1.out.weight", "norm.of.nothing"};
  const Error error = error_of([&] {
    SentenceEmbedder(std::move(missing), Tokenizer::from_pretrained(model), read_sentence_config(model));
  });
  CHECK(error.code() == codes::kTaskModel.id);
  CHECK(error.key() == "layer.1.out.weight");
  CHECK(error.got().starts_with("1 tensors are missing"));
  LoadedModel useless = loaded_from(model);
  useless.report.newly_initialized = {"norm.of.nothing"};
  CHECK_NOTHROW(
      SentenceEmbedder(std::move(useless), Tokenizer::from_pretrained(model), read_sentence_config(model)));
}

TEST_CASE("a vector that is no number is an error that names the text") {
  const TempDir dir;
  const auto model = test::write_text_model(dir / "m");
  change_weight(model, "embed.weight", [](const at::Tensor& weight) {
    weight[13].fill_(std::numeric_limits<double>::quiet_NaN());  // "world"
  });
  SentenceEmbedder embedder = embedder_from(model);
  CHECK_NOTHROW(embedder.embed({"hello"}));
  const Error error = error_of([&] { embedder.embed({"hello", "a man", "world"}); });
  CHECK(error.code() == codes::kTaskModel.id);
  CHECK(error.key() == "text 3");
}

TEST_CASE("a class that gives no hidden states for text does not fit the task") {
  const TempDir dir;
  const auto model = test::write_text_model<CompleteForMaskedLM>(dir / "m", "CompleteForMaskedLM");
  const Error error = error_of([&] {
    SentenceEmbedder embedder(from_pretrained(model_spec<CompleteForMaskedLM>("CompleteForMaskedLM"), model),
                              Tokenizer::from_pretrained(model), read_sentence_config(model));
    embedder.embed({"hello"});
  });
  CHECK(error.code() == codes::kTaskModel.id);
  CHECK(error.got() == "CompleteForMaskedLM");
  CHECK(error.expected() == "an output last_hidden_state");
}

}  // namespace
}  // namespace modelhost::host
