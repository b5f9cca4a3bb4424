// A model whose weights are a mapped file: pruned, resized, trained and saved over that file.
#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randint.h>
#include <malloc.h>

#include <map>

#include "modelhost/load/from_pretrained.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/model/surgery.h"
#include "modelhost/save/save_pretrained.h"
#include "support/attention_model.h"
#include "support/resident_memory.h"
#include "support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost {
namespace {

using test::attention_model;
using test::AttentionConfig;
using test::AttentionForMaskedLM;
using test::resident;
using test::TempDir;

std::shared_ptr<AttentionForMaskedLM> load_mapped(const std::filesystem::path& directory) {
  FromPretrainedOptions options{.strict = true};
  options.read_mode = ReadMode::kMap;
  const LoadedModel loaded =
      from_pretrained(model_spec<AttentionForMaskedLM>("AttentionForMaskedLM"), directory, options);
  CHECK(loaded.report.bytes_copied == 0);
  return std::dynamic_pointer_cast<AttentionForMaskedLM>(loaded.model);
}

std::map<std::string, const void*> addresses(PreTrainedModel& model) {
  std::map<std::string, const void*> found;
  for (const StateEntry& entry : state_dict(model)) found[entry.name] = entry.tensor.const_data_ptr();
  return found;
}

TEST_CASE("pruning one layer of a mapped model leaves all other weights mapped") {
  const TempDir dir;
  auto config = std::make_shared<AttentionConfig>();
  config->hidden_size = 512, config->layers = 12, config->vocab_size = 4000;
  save_pretrained(*attention_model<AttentionForMaskedLM>(config), dir / "m");
  const auto model = load_mapped(dir / "m");
  auto before = addresses(*model);
  ::malloc_trim(0);
  const uint64_t anonymous = resident("RssAnon:");
  prune_heads(*model, {{5, {1}}});
  const uint64_t added = resident("RssAnon:") - std::min(anonymous, resident("RssAnon:"));
  const uint64_t layer = 4 * 512 * 512 * 4;  // of 12, and the embedding
  INFO(added);
  CHECK(added < layer + (uint64_t{1} << 20));
  for (const auto& [name, address] : addresses(*model)) {
    INFO(name);
    const bool pruned = name.starts_with("model.layer.5.") && name != "model.layer.5.out.bias";
    CHECK((before.at(name) != address) == pruned);
  }
}

TEST_CASE("resizing the embedding of a mapped model leaves the layers mapped") {
  const TempDir dir;
  save_pretrained(*attention_model<AttentionForMaskedLM>(), dir / "m");
  const auto model = load_mapped(dir / "m");
  const auto before = addresses(*model);
  resize_token_embeddings(*model, 20);
  for (const auto& [name, address] : addresses(*model)) {
    INFO(name);
    const bool resized = name == "model.embed.weight" || name.starts_with("lm_head.");
    CHECK((before.at(name) != address) == resized);
  }
}

TEST_CASE("a mapped model is trained until it knows a batch, and saved over the file it is mapped from") {
  at::manual_seed(7);
  const TempDir dir;
  save_pretrained(*attention_model<AttentionForMaskedLM>(), dir / "m");
  const auto model = load_mapped(dir / "m");
  const auto untouched = load_mapped(dir / "m");
  const at::Tensor old = untouched->model->embed->weight().detach().clone();
  model->train();
  NamedTensors inputs = {{"input_ids", at::randint(0, 11, {2, 7}, at::kLong)}};
  inputs.set("labels", inputs.at("input_ids"));
  double loss = 0;
  for (int step = 0; step < 300; ++step) {
    model->zero_grad();
    const at::Tensor result = (*model)(inputs).at("loss");
    loss = result.item<double>();
    result.backward();
    const at::NoGradGuard no_grad;
    for (const at::Tensor& parameter : model->parameters()) parameter.add_(parameter.grad(), -0.5);
  }
  CHECK(loss < 0.05);
  save_pretrained(*model, dir / "m");
  CHECK(untouched->model->embed->weight().equal(old));  // still the file as it was
  const auto again = load_mapped(dir / "m");
  CHECK(again->model->embed->weight().equal(model->model->embed->weight()));
  CHECK_FALSE(again->model->embed->weight().equal(old));
}

TEST_CASE("a pruned and resized model comes back from its directory as it was") {
  const TempDir dir;
  const auto model = attention_model<AttentionForMaskedLM>();
  prune_heads(*model, {{0, {3, 1}}, {-1, {0}}});
  resize_token_embeddings(*model, 17);
  save_pretrained(*model, dir / "m");
  const auto again = load_mapped(dir / "m");
  CHECK(again->config().pruned_heads == HeadsToPrune{{-1, {0}}, {0, {1, 3}}});
  const at::NoGradGuard no_grad;
  const NamedTensors inputs = {{"input_ids", at::randint(0, 17, {2, 7}, at::kLong)}};
  CHECK((*again)(inputs).at("logits").equal((*model)(inputs).at("logits")));
}

}  // namespace
}  // namespace modelhost
