#include "modelhost/host/surgery/change_checkpoint.h"

#include <algorithm>
#include <map>

#include "modelhost/base/error_codes.h"
#include "modelhost/files/error_codes.h"
#include "modelhost/files/json_file.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/formats/open_checkpoint.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/model/measures.h"
#include "modelhost/model/state_dict.h"
#include "modelhost/model/surgery.h"
#include "modelhost/save/save_pretrained.h"
#include "support/attention_model.h"
#include "support/error_of.h"
#include "support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using test::AttentionForMaskedLM;
using test::AttentionModel;
using test::code_of;
using test::error_of;
using test::TempDir;
using Names = std::vector<std::string>;
using Files = std::map<std::string, std::string>;

const HeadsToPrune kHeads = {{0, {1, 2}}, {-1, {0}}};

void prune(PreTrainedModel& model) {
  prune_heads(model, kHeads);
}

// Finds no plugins: the classes of the tests are registered by hand.
struct TestHost : Host {
  TestHost() {
    registry().add({model_spec<AttentionModel>("AttentionModel"),
                    model_spec<AttentionForMaskedLM>("AttentionForMaskedLM")});
  }
};

// dir/m: a model of the given class with files beside its weights.
template <typename Model>
std::shared_ptr<Model> save_model(const TempDir& dir, const char* architecture,
                                  const std::vector<std::string>& more = {}) {
  auto spec = model_spec<Model>(architecture);
  auto model = spec.make_model(std::make_shared<test::AttentionConfig>());
  model->init_weights();
  save_pretrained(*model, dir / "m");
  for (const char* name : {"tokenizer.json", "README.md", "1_Pooling/config.json"})
    dir.write("m/" + std::string(name), name);
  for (const std::string& name : more) dir.write("m/" + name, name);
  return std::dynamic_pointer_cast<Model>(model);
}

Files content(const fs::path& directory) {
  Files files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file())
      files[entry.path().lexically_relative(directory).string()] = test::read_bytes(entry.path());
  }
  return files;
}

bool same_weights(PreTrainedModel& a, PreTrainedModel& b) {
  const auto ours = state_dict(a), theirs = state_dict(b);
  return std::ranges::equal(ours, theirs, [](const StateEntry& x, const StateEntry& y) {
    return x.name == y.name && x.tensor.dtype() == y.tensor.dtype() && x.tensor.equal(y.tensor);
  });
}

TEST_CASE("the new checkpoint holds the changed model, and what lay beside the weights") {
  const TempDir dir;
  const auto model = save_model<AttentionForMaskedLM>(dir, "AttentionForMaskedLM", {"tf_model.h5"});
  TestHost host;
  const ChangeReport report = change_checkpoint(host, dir / "m", dir / "new/out", prune, {});
  prune_heads(*model, kHeads);
  const LoadedModel loaded = host.load_model(dir / "new/out");
  CHECK(loaded.report.complete());
  CHECK(same_weights(*loaded.model, *model));
  CHECK(loaded.model->config().pruned_heads == model->config().pruned_heads);
  CHECK(report.architecture == "AttentionForMaskedLM");
  CHECK(report.before.heads == 12);
  CHECK(report.after.heads == 9);
  CHECK(report.after.parameters == num_parameters(*model));
  CHECK(report.files == Names{"config.json", "model.safetensors"});
  CHECK(report.copied == Names{"1_Pooling/config.json", "README.md", "tokenizer.json"});
  CHECK(report.skipped == Names{"tf_model.h5 (weights)"});
  CHECK(content(dir / "new/out").size() == 5);
  CHECK(test::read_bytes(dir / "new/out/1_Pooling/config.json") == "1_Pooling/config.json");
}

TEST_CASE("a dry run tells the same and writes nothing") {
  const TempDir dir;
  save_model<AttentionForMaskedLM>(dir, "AttentionForMaskedLM");
  TestHost host;
  for (const auto& [format, size] :
       std::vector<std::pair<WeightsFormat, ByteSize>>{{WeightsFormat::kSafetensors, "5GB"},
                                                       {WeightsFormat::kSafetensors, 1000},
                                                       {WeightsFormat::kBin, 700}}) {
    ChangeOptions options{.to = format, .max_shard_size = size};
    options.dry_run = true;
    const Files before = content(dir.path());
    const ChangeReport planned = change_checkpoint(host, dir / "m", dir / "out", prune, options);
    CHECK(content(dir.path()) == before);
    options.dry_run = false;
    const ChangeReport done = change_checkpoint(host, dir / "m", dir / "out", prune, options);
    Json expected = done.to_json(), got = planned.to_json();
    for (Json* json : {&expected, &got}) json->erase("seconds"), json->erase("directory");
    CHECK(got == expected);
  }
}

TEST_CASE("a checkpoint can be changed in place: old weights go, what cannot be changed is named") {
  const TempDir dir;
  const auto model =
      save_model<AttentionModel>(dir, "AttentionModel", {"tf_model.h5", "model.fp16.safetensors"});
  TestHost host;
  const ChangeOptions options{.to = WeightsFormat::kBin};
  const ChangeReport report = change_checkpoint(host, dir / "m", dir / "m", prune, options);
  prune_heads(*model, kHeads);
  CHECK(same_weights(*host.load_model(dir / "m").model, *model));
  CHECK(report.copied.empty());
  CHECK(report.removed == Names{"model.safetensors"});
  CHECK(report.unchanged == Names{"model.fp16.safetensors", "tf_model.h5"});
  CHECK(test::read_bytes(dir / "m/README.md") == "README.md");
}

TEST_CASE("files of the target are replaced in one step, those in folders too; others stay") {
  const TempDir dir;
  save_model<AttentionModel>(dir, "AttentionModel");
  for (const char* name : {"README.md", "1_Pooling/config.json", "1_Pooling/other", "other"})
    dir.write("out/" + std::string(name), "old");
  TestHost host;
  change_checkpoint(host, dir / "m", dir / "out", prune, {});
  CHECK(test::read_bytes(dir / "out/README.md") == "README.md");
  CHECK(test::read_bytes(dir / "out/1_Pooling/config.json") == "1_Pooling/config.json");
  CHECK(test::read_bytes(dir / "out/1_Pooling/other") == "old");
  CHECK(test::read_bytes(dir / "out/other") == "old");
}

TEST_CASE("no weight is made up, and none is lost unless that is allowed") {
  const TempDir dir;
  save_model<AttentionModel>(dir, "AttentionModel");
  TestHost host;
  ChangeOptions options{.architecture = "AttentionForMaskedLM"};
  options.drop_unexpected = true;
  const Error missing = error_of([&] { change_checkpoint(host, dir / "m", dir / "out", prune, options); });
  CHECK(missing.code() == codes::kLoadIncomplete.id);
  CHECK(missing.message().find("missing lm_head.bias") != std::string::npos);
  CHECK(missing.file() == (dir / "m/config.json").string());

  save_model<AttentionForMaskedLM>(dir, "AttentionForMaskedLM");
  options.architecture = "AttentionModel";
  options.drop_unexpected = false;
  const Error lost = error_of([&] { change_checkpoint(host, dir / "m", dir / "out", prune, options); });
  CHECK(lost.code() == codes::kLoadIncomplete.id);
  CHECK(lost.message().find("unexpected lm_head.bias") != std::string::npos);
  CHECK_FALSE(fs::exists(dir / "out"));
  options.drop_unexpected = true;
  CHECK(change_checkpoint(host, dir / "m", dir / "out", prune, options).dropped == Names{"lm_head.bias"});
}

TEST_CASE("no weight is rounded, whatever dtype the config names") {
  const TempDir dir;
  const auto model = save_model<AttentionModel>(dir, "AttentionModel");
  Json config = read_json_file(dir / "m/config.json");
  config["dtype"] = "float16";
  dir.write("m/config.json", config.dump());
  TestHost host;
  const ChangeReport report = change_checkpoint(host, dir / "m", dir / "out", prune, {});
  CHECK(report.dtype == "float32");
  prune_heads(*model, kHeads);
  CHECK(same_weights(*host.load_model(dir / "out").model, *model));

  model->to(at::kBFloat16);
  save_pretrained(*model, dir / "half");
  CHECK(change_checkpoint(host, dir / "half", dir / "half", prune, {}).dtype == "bfloat16");
  CHECK(same_weights(*host.load_model(dir / "half").model, *model));
}

TEST_CASE("after any error the target is as it was, and nothing is left beside it") {
  const TempDir dir;
  save_model<AttentionModel>(dir, "AttentionModel");
  dir.write("out/model.safetensors", "old");
  dir.write("out/1_Pooling/config.json", "old");
  dir.write("file", "x");
  TestHost host;
  const Files before = content(dir.path());
  const auto change_to = [&](const char* out, const ModelChange& change, const ChangeOptions& options = {}) {
    return code_of([&] { change_checkpoint(host, dir / "m", dir / out, change, options); });
  };
  const auto heads = [](HeadsToPrune wrong) {
    return [wrong](PreTrainedModel& model) { prune_heads(model, wrong); };
  };
  CHECK(change_to("out", heads({{3, {0}}})) == codes::kModelSurgery.id);
  CHECK(change_to("out", heads({{0, {4}}})) == codes::kModelSurgery.id);
  CHECK(change_to("out", heads({{0, {0, 1, 2, 3}}})) == codes::kModelSurgery.id);
  CHECK(change_to("m", heads({{1, {0}}, {0, {-1}}})) == codes::kModelSurgery.id);
  CHECK(change_to("file", prune) == codes::kSaveTarget.id);
  ChangeOptions stopped;
  stopped.writing = [](uint64_t, uint64_t) { throw Error(codes::kUsage, "stopped"); };
  CHECK(change_to("out", prune, stopped) == codes::kUsage.id);
  CHECK(change_to("m", prune, stopped) == codes::kUsage.id);
  CHECK(change_to("out", prune, {.architecture = "Other"}) == codes::kNoPlugin.id);
  CHECK(content(dir.path()) == before);
  CHECK(std::distance(fs::directory_iterator(dir.path()), {}) == 3);
}

TEST_CASE("embeddings are resized with the projection that is tied to them") {
  const TempDir dir;
  save_model<AttentionForMaskedLM>(dir, "AttentionForMaskedLM");
  TestHost host;
  const ChangeReport report = change_checkpoint(
      host, dir / "m", dir / "m", [](PreTrainedModel& model) { resize_token_embeddings(model, 13, 8); }, {});
  CHECK(report.after.vocabulary == 16);
  const auto model = std::dynamic_pointer_cast<AttentionForMaskedLM>(host.load_model(dir / "m").model);
  CHECK(model->lm_head->bias().size(0) == 16);
  CHECK(model->lm_head->weight().data_ptr() == model->model->embed->weight().data_ptr());
  CHECK(read_json_file(dir / "m/config.json")["vocab_size"] == 16);
}

}  // namespace
}  // namespace modelhost::host
