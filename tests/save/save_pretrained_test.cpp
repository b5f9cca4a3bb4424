#include "modelhost/save/save_pretrained.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/zeros.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "modelhost/base/error_codes.h"
#include "modelhost/files/error_codes.h"
#include "modelhost/files/mapped_file.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/formats/open_checkpoint.h"
#include "save_support.h"
#include "support/error_of.h"
#include "support/fault_shim.h"

// After everything of LibTorch, whose logging has a CHECK of its own: that one ends the program.
#include <catch2/catch_test_macros.hpp>

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::code_of;
using test::error_of;
using test::filled_model;
using test::listing;
using test::load;
using test::same_weights;
using test::SampleForCausalLM;
using test::SampleModel;
using test::TempDir;
using Names = std::vector<std::string>;

const Names kSingle = {"config.json", "model.safetensors"};
const Names kTwoShards = {"config.json", "model-00001-of-00002.safetensors",
                          "model-00002-of-00002.safetensors", "model.safetensors.index.json"};

SaveOptions sharded(uint64_t size, std::string variant = "") {
  SaveOptions options;
  options.max_shard_size = size;
  options.variant = std::move(variant);
  return options;
}

Json json_of(const fs::path& file) {
  return parse_json(test::read_bytes(file), file.string());
}

Names saved_names(const fs::path& directory) {
  Names names;
  const auto checkpoint = open_checkpoint(directory);
  for (const TensorInfo& tensor : checkpoint->tensors()) names.push_back(tensor.name);
  std::ranges::sort(names);
  return names;
}

TEST_CASE("what is saved loads bit for bit, in every dtype a model may have") {
  for (const auto type : {at::kFloat, at::kHalf, at::kBFloat16, at::kDouble}) {
    const TempDir dir;
    const auto model = filled_model(0.3);
    for (const at::Tensor& parameter : model->parameters()) parameter.set_data(parameter.to(type));
    const SaveReport report = save_pretrained(*model, dir / "m");
    CHECK(listing(dir / "m") == kSingle);
    CHECK(listing(dir.path()).size() == 3);  // the directory and its files
    const LoadedModel loaded = load(dir / "m");
    CHECK(same_weights(*loaded.model, *model));
    CHECK(loaded.model->dtype() == type);
    CHECK(report.files == kSingle);
    CHECK(report.tensors == 6);
    CHECK(report.shards == 1);
    CHECK(report.bytes == static_cast<uint64_t>(56 * at::elementSize(type) + 4));
  }
}

TEST_CASE("the config says what the model is") {
  const TempDir dir;
  const auto model = filled_model(1);
  model->to(at::kBFloat16);
  save_pretrained(*model, dir / "m");
  CHECK(test::read_bytes(dir / "m/config.json") ==
        "{\n  \"architectures\": [\n    \"Sample\"\n  ],\n  \"dtype\": \"bfloat16\",\n  \"hidden_size\": 4,\n"
        "  \"model_type\": \"sample\",\n  \"transformers_version\": \"4.57.6\",\n  \"vocab_size\": 7\n}\n");
}

TEST_CASE("shards carry an index, whose totals and order are those of transformers") {
  const TempDir dir;
  const auto model = filled_model(1);
  const SaveReport report = save_pretrained(*model, dir / "m", sharded(150));
  CHECK(listing(dir / "m") == kTwoShards);
  CHECK(same_weights(*load(dir / "m").model, *model));
  const Json index = json_of(dir / "m/model.safetensors.index.json");
  CHECK(index["metadata"] == Json{{"total_parameters", 56}, {"total_size", 228}});
  CHECK(index["weight_map"].size() == 6);
  CHECK(index["weight_map"]["norm.bias"] == "model-00002-of-00002.safetensors");
  CHECK(index["weight_map"]["embed.weight"] == "model-00001-of-00002.safetensors");
  CHECK(index["weight_map"]["scale"] == "model-00001-of-00002.safetensors");
  CHECK(report.shards == 2);
  save_pretrained(*model, dir / "m", sharded(50));
  CHECK(open_checkpoint(dir / "m")->metadata().at("format") == "pt");
  CHECK(same_weights(*load(dir / "m").model, *model));
}

TEST_CASE("earlier weights of the same variant go, in whatever form, and nothing else") {
  const Names others = {"README.md",
                        "generation_config.json",
                        "model.fp16-00001-of-00002.safetensors",
                        "model.fp16.safetensors",
                        "model.safetensors.index.fp16.json",
                        "pytorch_model.fp16.bin",
                        "tf_model.h5",
                        "tokenizer.json"};
  const Names old_forms = {
      "model.safetensors", "model-00001-of-00003.safetensors", "model.safetensors.index.json",
      "pytorch_model.bin", "pytorch_model-00001-of-00002.bin", "pytorch_model.bin.index.json"};
  for (const bool to_shards : {false, true}) {
    const TempDir dir;
    for (const std::string& name : others) dir.write("m/" + name, name);
    for (const std::string& name : old_forms) dir.write("m/" + name, "old");
    const auto model = filled_model(1);
    const SaveReport report = save_pretrained(*model, dir / "m", sharded(to_shards ? 150 : 1000));
    Names wanted = others;
    wanted.insert(wanted.end(), (to_shards ? kTwoShards : kSingle).begin(),
                  (to_shards ? kTwoShards : kSingle).end());
    std::ranges::sort(wanted);
    CHECK(listing(dir / "m") == wanted);
    for (const std::string& name : others) CHECK(test::read_bytes(dir.path() / "m" / name) == name);
    CHECK(report.removed.size() == (to_shards ? 5 : 5));
    CHECK(same_weights(*load(dir / "m").model, *model));
  }
}

TEST_CASE("going from shards to one file, back, and to fewer shards never mixes two saves") {
  const TempDir dir;
  double first = 0;
  for (const uint64_t size : {50, 1000, 150, 50, 150, 1000}) {
    const auto model = filled_model(first += 100);
    save_pretrained(*model, dir / "m", sharded(size));
    CHECK(same_weights(*load(dir / "m").model, *model));
    for (const std::string& name : listing(dir / "m")) {
      const bool referred =
          name == "config.json" || name == "model.safetensors" || name.ends_with(".index.json") ||
          test::read_bytes(dir / "m/model.safetensors.index.json").find(name) != std::string::npos;
      CHECK(referred);
    }
  }
}

TEST_CASE("a variant is saved beside the other weights and has names of its own") {
  const TempDir dir;
  const auto model = filled_model(1), half = filled_model(2);
  save_pretrained(*model, dir / "m", sharded(150));
  save_pretrained(*half, dir / "m", sharded(150, "fp16"));
  CHECK(listing(dir / "m").size() == 7);
  CHECK(fs::exists(dir / "m/model.fp16-00001-of-00002.safetensors"));
  CHECK(fs::exists(dir / "m/model.safetensors.index.fp16.json"));
  save_pretrained(*half, dir / "m", sharded(1000, "fp16"));
  Names wanted = kTwoShards;
  wanted.insert(wanted.begin() + 3, "model.fp16.safetensors");
  std::ranges::sort(wanted);
  CHECK(listing(dir / "m") == wanted);
  CHECK(same_weights(*load(dir / "m").model, *model));
  CHECK(code_of([&] { save_pretrained(*half, dir / "m", sharded(1000, "../x")); }) == codes::kSaveOption.id);
}

TEST_CASE("tied weights are written once, untied ones twice") {
  const TempDir dir;
  const auto tied = filled_model<SampleForCausalLM>(1);
  const SaveReport report = save_pretrained(*tied, dir / "tied");
  CHECK(report.tied_keys == Names{"lm_head.weight"});
  CHECK(saved_names(dir / "tied").size() == 6);
  CHECK(same_weights(*load<SampleForCausalLM>(dir / "tied").model, *tied));
  const auto untied = filled_model<SampleForCausalLM>(1, 7, /*tied=*/false);
  CHECK(save_pretrained(*untied, dir / "untied").tied_keys.empty());
  CHECK(saved_names(dir / "untied").size() == 7);
  CHECK(same_weights(*load<SampleForCausalLM>(dir / "untied").model, *untied));
}

TEST_CASE("pytorch_model.bin is written where it is asked for, and everything else goes") {
  const TempDir dir;
  const auto first = filled_model(1), second = filled_model(2), third = filled_model(3);
  save_pretrained(*first, dir / "m", sharded(150));
  SaveOptions options;
  options.safe_serialization = false;
  const SaveReport report = save_pretrained(*second, dir / "m", options);
  CHECK(listing(dir / "m") == Names{"config.json", "pytorch_model.bin"});
  CHECK(report.removed.size() == 3);
  CHECK(same_weights(*load(dir / "m").model, *second));
  options.max_shard_size = 150;
  save_pretrained(*third, dir / "m", options);
  CHECK(listing(dir / "m") == Names{"config.json", "pytorch_model-00001-of-00002.bin",
                                    "pytorch_model-00002-of-00002.bin", "pytorch_model.bin.index.json"});
  const Json index = json_of(dir / "m/pytorch_model.bin.index.json");
  CHECK(index["metadata"] == Json{{"total_parameters", 56}, {"total_size", 228}});
  CHECK(index["weight_map"]["norm.bias"] == "pytorch_model-00002-of-00002.bin");
  CHECK(same_weights(*load(dir / "m").model, *third));
  options.variant = "fp16";
  save_pretrained(*first, dir / "m", options);
  CHECK(fs::exists(dir / "m/pytorch_model.fp16-00001-of-00002.bin"));
  CHECK(fs::exists(dir / "m/pytorch_model.bin.index.fp16.json"));
  save_pretrained(*first, dir / "m");
  CHECK_FALSE(fs::exists(dir / "m/pytorch_model.bin.index.json"));
  CHECK(same_weights(*load(dir / "m").model, *first));
}

TEST_CASE("pytorch_model.bin keeps both names of a tied weight and one copy of its data") {
  const auto tied = filled_model<SampleForCausalLM>(1);
  for (const uint64_t size : {1000, 150, 50}) {
    const TempDir dir;
    SaveOptions options = sharded(size);
    options.safe_serialization = false;
    const SaveReport report = save_pretrained(*tied, dir / "m", options);
    CHECK(report.tied_keys.empty());
    CHECK(report.tensors == 7);
    CHECK(report.bytes == 228);
    const auto checkpoint = open_checkpoint(dir / "m");
    const TensorInfo* head = checkpoint->find("lm_head.weight");
    REQUIRE(head);
    CHECK(checkpoint->bytes(*head).data.data() ==
          checkpoint->bytes(*checkpoint->find("sample.embed.weight")).data.data());
    CHECK(same_weights(*load<SampleForCausalLM>(dir / "m").model, *tied));
  }
}

TEST_CASE("tied weights that the class does not declare are an error that names them") {
  const TempDir dir;
  ModelSpec spec = model_spec<SampleForCausalLM>("Sample");
  spec.traits.tied_weights_keys.clear();
  const auto model = test::filled_model_of(spec, 1);
  const Error error = error_of([&] { save_pretrained(*model, dir / "m"); });
  CHECK(error.code() == codes::kSaveSharedTensors.id);
  CHECK(error.key() == "lm_head.weight, sample.embed.weight");
  CHECK(listing(dir.path()).empty());
}

TEST_CASE("a pattern that matches every name of a tensor leaves one") {
  const TempDir dir;
  ModelSpec spec = model_spec<SampleForCausalLM>("Sample");
  spec.traits.tied_weights_keys = {"weight$"};
  const auto model = test::filled_model_of(spec, 1);
  CHECK(save_pretrained(*model, dir / "m").tied_keys == Names{"lm_head.weight"});
}

TEST_CASE("names that the class does not save are left out") {
  const TempDir dir;
  ModelSpec spec = model_spec<SampleModel>("Sample");
  spec.traits.keys_to_ignore_on_save = {"scale", "absent"};
  const auto model = test::filled_model_of(spec, 1);
  const SaveReport report = save_pretrained(*model, dir / "m");
  CHECK(report.ignored_keys == Names{"scale"});
  CHECK(saved_names(dir / "m").size() == 5);
}

TEST_CASE("given tensors are saved instead of the model's") {
  const TempDir dir;
  const auto model = filled_model(1);
  const at::Tensor base = at::arange(24, at::kFloat).view({2, 3, 4});
  SaveOptions options;
  options.state_dict =
      NamedTensors{{"turned", base.permute({2, 0, 1})},  // not contiguous: written in its own order
                   {"front", base[0].clone()},
                   {"none", at::zeros({0, 3})},
                   {"empty", at::zeros({0})},
                   {"flags", at::arange(3).gt(1)}};
  save_pretrained(*model, dir / "m", options);
  const auto reader = open_checkpoint(dir / "m");
  REQUIRE(reader->tensors().size() == 5);
  const TensorInfo& turned = *reader->find("turned");
  CHECK(turned.shape == std::vector<int64_t>{4, 2, 3});
  const auto bytes = reader->bytes(turned);
  CHECK(reinterpret_cast<const float*>(bytes.data.data())[1] == 4.0F);  // [0, 0, 1] is base[0, 1, 0]
  CHECK(reader->find("flags")->dtype == Dtype::kBool);
  CHECK(reader->find("none")->shape == std::vector<int64_t>{0, 3});
}

TEST_CASE("tensors that share storage are saved when apart and refused when they overlap") {
  const TempDir dir;
  const auto model = filled_model(1);
  const at::Tensor base = at::rand({4, 4});
  SaveOptions options;
  options.state_dict = NamedTensors{{"a", base[0]}, {"b", base[1]}, {"c", base[3]}};
  CHECK(save_pretrained(*model, dir / "m", options).tensors == 3);
  options.state_dict->set("d", base.slice(0, 0, 2));
  const Error error = error_of([&] { save_pretrained(*model, dir / "m", options); });
  CHECK(error.code() == codes::kSaveSharedTensors.id);
  CHECK(error.key() == "a, d, b");
  CHECK(saved_names(dir / "m") == Names{"a", "b", "c"});
}

TEST_CASE("a model without weights is not saved") {
  const TempDir dir;
  const auto model = model_spec<SampleModel>("Sample").make_model(std::make_shared<test::SampleConfig>());
  const Error error = error_of([&] { save_pretrained(*model, dir / "m"); });
  CHECK(error.code() == codes::kSaveNoWeights.id);
  CHECK(error.key() == "embed.weight");
  CHECK(listing(dir.path()).empty());
}

TEST_CASE("a model can be saved over the directory that it is mapped from") {
  const TempDir dir;
  const auto original = filled_model(1);
  save_pretrained(*original, dir / "m");
  const LoadedModel loaded = load(dir / "m");
  for (const uint64_t size : {1000, 50}) {
    save_pretrained(*loaded.model, dir / "m", sharded(size));
    CHECK(same_weights(*loaded.model, *original));  // the old mapping still holds
    CHECK(same_weights(*load(dir / "m").model, *original));
  }
  CHECK_FALSE(mapped_file_at(loaded.model->get_input_embeddings()->weight().const_data_ptr()).empty());
}

TEST_CASE("modes follow the umask, or the file that is replaced") {
  const TempDir dir;
  const auto model = filled_model(1);
  auto mode = [&dir](const char* name) {
    struct stat status {};
    REQUIRE(::stat((dir.path() / "m" / name).c_str(), &status) == 0);
    return status.st_mode & 0777;
  };
  const mode_t before = ::umask(022);
  save_pretrained(*model, dir / "m");
  CHECK(mode("model.safetensors") == 0644);
  REQUIRE(::chmod((dir / "m/model.safetensors").c_str(), 0660) == 0);
  save_pretrained(*model, dir / "m");
  ::umask(before);
  CHECK(mode("model.safetensors") == 0660);
  CHECK(mode("config.json") == 0644);
}

TEST_CASE("targets that are files are refused, links to directories are followed") {
  const TempDir dir;
  const auto model = filled_model(1);
  dir.write("file", "text");
  CHECK(code_of([&] { save_pretrained(*model, dir / "file"); }) == codes::kSaveTarget.id);
  CHECK(test::read_bytes(dir / "file") == "text");
  fs::create_directory(dir / "real");
  fs::create_directory_symlink("real", dir / "link");
  CHECK(save_pretrained(*model, dir / "link").directory == dir / "real");
  CHECK(listing(dir / "real") == kSingle);
}

TEST_CASE("without room nothing is written, and a disk that fills up leaves the old model") {
  const TempDir dir;
  const auto old_model = filled_model(1), model = filled_model(2);
  save_pretrained(*old_model, dir / "m");
  fault_set_free_bytes(100);
  CHECK(code_of([&] { save_pretrained(*model, dir / "m"); }) == codes::kSaveNoSpace.id);
  fault_set_free_bytes(-1);
  fault_arm(kFaultError, 6, ENOSPC);
  CHECK(code_of([&] { save_pretrained(*model, dir / "m"); }) == codes::kFileUnwritable.id);
  fault_arm(kFaultNone, 0, 0);
  CHECK(same_weights(*load(dir / "m").model, *old_model));
  CHECK(listing(dir.path()).size() == 3);
}

TEST_CASE("progress is told to the last byte and can stop the save") {
  const TempDir dir;
  const auto model = filled_model(1);
  uint64_t last = 0, all = 0;
  SaveOptions options = sharded(50);
  options.progress = [&](uint64_t done, uint64_t total) {
    CHECK(done >= last);
    last = done;
    all = total;
  };
  save_pretrained(*model, dir / "m", options);
  CHECK(last == 228);
  CHECK(all == 228);
  options.progress = [](uint64_t, uint64_t) { throw std::runtime_error("stopped"); };
  CHECK_THROWS_AS(save_pretrained(*filled_model(2), dir / "m", options), std::runtime_error);
  CHECK(same_weights(*load(dir / "m").model, *model));
  CHECK(std::ranges::none_of(listing(dir.path()),
                             [](const std::string& name) { return name.ends_with(".stage"); }));
}

TEST_CASE("the report can be read") {
  const TempDir dir;
  const auto model = filled_model<SampleForCausalLM>(1);
  save_pretrained(*model, dir / "m", sharded(50));
  const std::string text = save_pretrained(*model, dir / "m").to_text();
  CHECK(text.find("saved 6 tensors (228 B) in 1 file in ") == 0);
  CHECK(text.find("earlier weights that were removed: model-00001-of-") != std::string::npos);
  CHECK(text.find("another name holds the same tensor: lm_head.weight") != std::string::npos);
}

}  // namespace
}  // namespace modelhost
