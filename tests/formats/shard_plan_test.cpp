// Compared with huggingface_hub by goldens of tools/goldens/make_shard_goldens.py.
#include "modelhost/formats/shard_plan.h"

#include <catch2/catch_test_macros.hpp>

#include "modelhost/base/json.h"
#include "modelhost/files/json_file.h"
#include "modelhost/formats/checkpoint_names.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/formats/shard_index.h"
#include "support/error_of.h"
#include "support/paths.h"

namespace modelhost {
namespace {

using test::code_of;

const Json& goldens() {
  static const Json json = read_json_file(test::source_path("tests/goldens/shards.json"));
  return json;
}

std::vector<TensorInfo> tensors_of(const Json& sizes) {
  std::vector<TensorInfo> tensors;
  for (const Json& size : sizes) {
    const std::string number = std::to_string(tensors.size());
    tensors.push_back({"t" + std::string(2 - number.size(), '0') + number,
                       Dtype::kU8,
                       {size.get<int64_t>()},
                       0,
                       size.get<uint64_t>()});
  }
  return tensors;
}

TEST_CASE("tensors are divided and files named as huggingface_hub does it") {
  for (const Json& wanted : goldens()["shards"]) {
    CAPTURE(wanted.dump());
    const auto tensors = tensors_of(wanted["sizes"]);
    const ByteSize limit = wanted["limit"].is_string() ? ByteSize(wanted["limit"].get<std::string>())
                                                       : ByteSize(wanted["limit"].get<int64_t>());
    const CheckpointNames names(wanted["variant"].get<std::string>());
    const std::vector<Shard> shards = plan_shards(tensors, limit.value());
    Json files = Json::object();
    uint64_t total = 0;
    for (std::size_t i = 0; i < shards.size(); ++i) {
      Json& file = files[shards.size() == 1 ? names.single() : names.shard(i + 1, shards.size())];
      for (const std::size_t tensor : shards[i].tensors) file.push_back(tensors[tensor].name);
      total += shards[i].bytes;
    }
    CHECK(files == wanted["files"]);
    CHECK(total == wanted["total_size"].get<uint64_t>());
  }
}

TEST_CASE("sizes are read as huggingface_hub reads them, but must be positive") {
  for (const auto& [text, bytes] : goldens()["sizes"].items()) {
    CAPTURE(text);
    if (bytes.is_null() || bytes.get<int64_t>() <= 0) {
      CHECK(code_of([&text = text] { ByteSize{text}; }) == codes::kSaveOption.id);
    } else {
      CHECK(ByteSize(text).value() == bytes.get<uint64_t>());
    }
  }
  CHECK(ByteSize(200).value() == 200);
  CHECK(code_of([] { ByteSize{0}; }) == codes::kSaveOption.id);
  CHECK(code_of([] { ByteSize{"1e30TB"}; }) == codes::kSaveOption.id);
  CHECK(code_of([] { ByteSize{"nanKB"}; }) == codes::kSaveOption.id);
}

TEST_CASE("no tensors make one empty shard") {
  REQUIRE(plan_shards({}, 100).size() == 1);
  CHECK(plan_shards({}, 100).front().tensors.empty());
}

TEST_CASE("a variant stands before the last extension") {
  const CheckpointNames plain, half("fp16");
  CHECK(plain.single() == "model.safetensors");
  CHECK(plain.index() == "model.safetensors.index.json");
  CHECK(plain.shard(1, 12) == "model-00001-of-00012.safetensors");
  CHECK(half.single() == "model.fp16.safetensors");
  CHECK(half.index() == "model.safetensors.index.fp16.json");
  CHECK(half.shard(12, 12) == "model.fp16-00012-of-00012.safetensors");
  CHECK(code_of([] { CheckpointNames("a/b"); }) == codes::kSaveOption.id);
}

TEST_CASE("a save owns the weights of its own variant in both containers and nothing else") {
  const CheckpointNames plain, half("fp16");
  for (const char* name :
       {"model.safetensors", "model.safetensors.index.json", "model-00001-of-00002.safetensors",
        "pytorch_model.bin", "pytorch_model.bin.index.json", "pytorch_model-00002-of-00002.bin"}) {
    CAPTURE(name);
    CHECK(plain.owns(name));
    CHECK_FALSE(half.owns(name));
  }
  for (const char* name : {"model.fp16.safetensors", "model.safetensors.index.fp16.json",
                           "model.fp16-00001-of-00002.safetensors", "pytorch_model.fp16.bin",
                           "pytorch_model.bin.index.fp16.json", "pytorch_model.fp16-00001-of-00002.bin"}) {
    CAPTURE(name);
    CHECK(half.owns(name));
    CHECK_FALSE(plain.owns(name));
  }
  for (const char* name :
       {"config.json", "generation_config.json", "tokenizer.json", "tf_model.h5", "model.bin",
        "adapter_model.safetensors", "model-1-of-2.safetensors", "model-00001-of-00002.safetensors.bak",
        "model-0000a-of-00002.safetensors", "my_model.safetensors", "model_x.safetensors", ""}) {
    CAPTURE(name);
    CHECK_FALSE(plain.owns(name));
    CHECK_FALSE(half.owns(name));
  }
}

TEST_CASE("tensors that share data go where the first of them is, and count once") {
  const auto tensors = tensors_of({10, 10, 10, 10, 25, 10});
  const SharedData shared = {{"t03", "t01"}, {"t05", "t00"}, {"t02", "t01"}};
  const auto indices = [&](uint64_t limit) {
    std::vector<std::vector<std::size_t>> files;
    uint64_t total = 0;
    for (const Shard& shard : plan_shards(tensors, limit, shared)) {
      files.push_back(shard.tensors);
      total += shard.bytes;
    }
    CHECK(total == 45);
    return files;
  };
  using Files = std::vector<std::vector<std::size_t>>;
  CHECK(indices(1000) == Files{{0, 1, 2, 3, 4, 5}});
  CHECK(indices(25) == Files{{0, 1, 5, 2, 3}, {4}});
  CHECK(indices(10) == Files{{0, 5}, {4}, {1, 2, 3}});
}

TEST_CASE("weights in PyTorch's own format have names of their own") {
  const CheckpointNames plain("", WeightsFormat::kBin), half("fp16", WeightsFormat::kBin);
  CHECK(plain.single() == "pytorch_model.bin");
  CHECK(plain.index() == "pytorch_model.bin.index.json");
  CHECK(plain.shard(1, 12) == "pytorch_model-00001-of-00012.bin");
  CHECK(half.single() == "pytorch_model.fp16.bin");
  CHECK(half.index() == "pytorch_model.bin.index.fp16.json");
  CHECK(half.shard(2, 2) == "pytorch_model.fp16-00002-of-00002.bin");
  CHECK(plain.owns("model.safetensors"));
  CHECK_FALSE(plain.owns(half.single()));
}

TEST_CASE("the index is written as Python writes it") {
  const std::map<std::string, std::string> files = {{"b", "model-00002-of-00002.safetensors"},
                                                    {"a", "model-00001-of-00002.safetensors"}};
  CHECK(shard_index_text(files, 7, 28) ==
        "{\n  \"metadata\": {\n    \"total_parameters\": 7,\n    \"total_size\": 28\n  },\n  \"weight_map\": "
        "{\n"
        "    \"a\": \"model-00001-of-00002.safetensors\",\n    \"b\": \"model-00002-of-00002.safetensors\"\n "
        " }\n}\n");
}

}  // namespace
}  // namespace modelhost
