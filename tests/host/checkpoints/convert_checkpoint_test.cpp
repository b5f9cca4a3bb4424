#include "modelhost/host/checkpoints/convert_checkpoint.h"

#include <algorithm>
#include <limits>

#include "checkpoint_support.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/base/json.h"
#include "modelhost/files/error_codes.h"
#include "modelhost/files/json_file.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/host/error_codes.h"
#include "support/error_of.h"

// After everything of LibTorch, whose logging has a CHECK of its own: that one ends the program.
#include <catch2/catch_test_macros.hpp>

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using test::code_of;
using test::floats;
using test::holds;
using test::mixture;
using test::Sample;
using test::TempDir;
using test::write_samples;
using Names = std::vector<std::string>;

Names listing(const fs::path& directory) {
  Names names;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (!entry.is_directory()) names.push_back(entry.path().lexically_relative(directory).string());
  }
  std::ranges::sort(names);
  return names;
}

ConvertOptions to(WeightsFormat format, ByteSize size = "5GB") {
  ConvertOptions options;
  options.to = format;
  options.max_shard_size = size;
  return options;
}

ConvertOptions as(c10::ScalarType dtype) {
  ConvertOptions options;
  options.dtype = dtype;
  return options;
}

TEST_CASE("converting back and forth, dividing and merging keep every bit") {
  for (const char* start : {"m/model.safetensors", "m/pytorch_model.bin"}) {
    const TempDir dir;
    fs::path from = write_samples(dir / start, mixture());
    int step = 0;
    for (const WeightsFormat format : {WeightsFormat::kBin, WeightsFormat::kSafetensors}) {
      for (const uint64_t size : {1000, 30, 1, 30, 1000}) {
        const fs::path out = dir / std::to_string(step++);
        const ConvertReport report = convert_checkpoint(from, out, to(format, size));
        CHECK(holds(out, mixture()));
        CHECK(report.tensors == 6);
        CHECK(report.bytes == 67);
        CHECK(report.files == listing(out));
        CHECK((report.files.size() > 1) == (size < 1000));
        from = out;
      }
    }
  }
}

TEST_CASE("a checkpoint can be converted in place, and what was replaced goes") {
  const TempDir dir;
  write_samples(dir / "m/model.safetensors", mixture());
  dir.write("m/config.json", "{\"model_type\": \"x\"}");
  dir.write("m/model.fp16.safetensors", "another variant");
  ConvertReport report = convert_checkpoint(dir / "m", dir / "m", to(WeightsFormat::kBin, 30));
  CHECK(report.removed == Names{"model.safetensors"});
  CHECK(report.copied.empty());
  CHECK(holds(dir / "m", mixture()));
  CHECK(test::read_bytes(dir / "m/config.json") == "{\"model_type\": \"x\"}");
  CHECK(fs::exists(dir / "m/model.fp16.safetensors"));
  report = convert_checkpoint(dir / "m", dir / "m", to(WeightsFormat::kSafetensors));
  CHECK(report.removed.size() == 4);
  CHECK(listing(dir / "m") == Names{"config.json", "model.fp16.safetensors", "model.safetensors"});
  CHECK(holds(dir / "m", mixture()));
  CHECK(listing(dir.path()).size() == 3);  // no stage is left
}

TEST_CASE("floating-point tensors get the dtype, others stay, and config.json says so") {
  const TempDir dir;
  write_samples(dir / "m/model.safetensors", mixture());
  dir.write("m/config.json", R"({"torch_dtype": "float32", "a": 1.5, "text_config": {"dtype": "float32"},
                                 "quantization_config": {"dtype": "int4"}})");
  const ConvertReport report = convert_checkpoint(dir / "m", dir / "out", as(at::kBFloat16));
  CHECK(report.cast == std::map<std::string, int64_t>{{"F32", 3}, {"F16", 1}});
  CHECK(report.kept == std::map<std::string, int64_t>{{"I64", 1}, {"BOOL", 1}});
  CHECK(report.overflowed.empty());
  std::vector<Sample> wanted = mixture();
  wanted[0] =
      test::sample<uint16_t>("a.weight", Dtype::kBF16, {6}, {0x3f80, 0xc000, 0x4060, 0x3a83, 0, 0x40e0});
  wanted[1] = test::sample<uint16_t>("b.scalar", Dtype::kBF16, {}, {0x4020});
  wanted[2].info.dtype = Dtype::kBF16;
  wanted[5] = test::sample<uint16_t>("f.half", Dtype::kBF16, {2}, {0x3f80, 0xc000});
  CHECK(holds(dir / "out", wanted));
  const Json config = read_json_file(dir / "out/config.json");
  CHECK(config["torch_dtype"] == "bfloat16");
  CHECK_FALSE(config.contains("dtype"));
  CHECK(config["text_config"]["dtype"] == "bfloat16");
  CHECK(config["quantization_config"]["dtype"] == "int4");
  CHECK(config["a"] == 1.5);
}

TEST_CASE("a config without a dtype gets one, and a tensor that has the dtype is not touched") {
  const TempDir dir;
  write_samples(dir / "m/model.safetensors", {floats("a", {1, 2})});
  dir.write("m/config.json", "{}");
  const ConvertReport report = convert_checkpoint(dir / "m", dir / "m", as(at::kFloat));
  CHECK(report.cast.empty());
  CHECK(report.kept.at("F32") == 1);
  CHECK(holds(dir / "m", {floats("a", {1, 2})}));
  CHECK(test::read_bytes(dir / "m/config.json") == "{\n  \"dtype\": \"float32\"\n}\n");
}

TEST_CASE("values that the new dtype cannot hold are counted, infinite ones not") {
  const TempDir dir;
  const float infinite = std::numeric_limits<float>::infinity(),
              nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> many((std::size_t{1} << 20) + 7, 1);  // more than is cast at once
  many.front() = many.back() = 1e6;
  write_samples(dir / "m/model.safetensors", {floats("big", {1e6, -1e6, 65504, infinite, nan}),
                                              floats("fine", {1, infinite}), floats("many", many)});
  const ConvertReport report = convert_checkpoint(dir / "m", dir / "out", as(at::kHalf));
  CHECK(report.overflowed == std::map<std::string, int64_t>{{"big", 2}, {"many", 2}});
}

TEST_CASE("quantised weights are not given another dtype, and nothing is written") {
  const TempDir dir;
  write_samples(dir / "m/model.safetensors", {test::sample<uint8_t>("q", Dtype::kF8E4M3, {2}, {1, 2})});
  CHECK(code_of([&] { convert_checkpoint(dir / "m", dir / "out", as(at::kHalf)); }) == codes::kSaveOption.id);
  CHECK_FALSE(fs::exists(dir / "out"));
  convert_checkpoint(dir / "m", dir / "out", to(WeightsFormat::kBin));
  CHECK(holds(dir / "out", {test::sample<uint8_t>("q", Dtype::kF8E4M3, {2}, {1, 2})}));
}

TEST_CASE("names that share data are all kept, and go on sharing in PyTorch's format") {
  const TempDir dir;
  const std::vector<Sample> tensors = {floats("a", {1, 2}), floats("head", {1, 2}), floats("b", {3, 4})};
  write_samples(dir / "m/pytorch_model.bin", tensors, {{"head", "a"}});
  ConvertReport report = convert_checkpoint(dir / "m", dir / "safe", to(WeightsFormat::kSafetensors));
  CHECK(holds(dir / "safe", tensors));
  CHECK(report.bytes == 24);
  for (const uint64_t size : {1000, 8}) {
    report = convert_checkpoint(dir / "m", dir / "bin", to(WeightsFormat::kBin, size));
    CHECK(report.shared == 1);
    CHECK(report.bytes == 16);
    CHECK(holds(dir / "bin", tensors));
    const auto reader = open_checkpoint(dir / "bin");
    CHECK(reader->bytes(*reader->find("a")).data.data() == reader->bytes(*reader->find("head")).data.data());
  }
}

TEST_CASE("files beside the weights come along, weights and what leads elsewhere do not") {
  const TempDir dir;
  write_samples(dir / "m/pytorch_model.bin", mixture());
  for (const char* name : {"config.json", "tokenizer.json", "1_Pooling/config.json", "README.md"}) {
    dir.write(std::string("m/") + name, name);
  }
  for (const char* name : {"tf_model.h5", "model.fp16.safetensors", ".git/config", "onnx/model.onnx"}) {
    dir.write(std::string("m/") + name, name);
  }
  dir.write("secret", "secret");
  fs::create_symlink(dir / "secret", dir / "m/vocab.txt");
  fs::create_symlink("tokenizer.json", dir / "m/alias.json");
  fs::create_directory(dir / "m/out");
  const ConvertReport report = convert_checkpoint(dir / "m/pytorch_model.bin", dir / "m/out", {});
  CHECK(listing(dir / "m/out") == Names{"1_Pooling/config.json", "README.md", "alias.json", "config.json",
                                        "model.safetensors", "tokenizer.json"});
  CHECK(test::read_bytes(dir / "m/out/alias.json") == "tokenizer.json");
  CHECK(report.copied.size() == 5);
  CHECK(report.skipped == Names{"model.fp16.safetensors (weights)", "onnx/model.onnx (weights)",
                                "tf_model.h5 (weights)", "vocab.txt (a link that leaves the directory)"});
}

TEST_CASE("of a file that stands in no model directory only the weights are converted") {
  const TempDir dir;
  const fs::path file = write_samples(dir / "downloads/weights.bin", mixture());
  dir.write("downloads/invoice.txt", "x");
  convert_checkpoint(file, dir / "out", {});
  CHECK(listing(dir / "out") == Names{"model.safetensors"});
  CHECK(holds(dir / "out", mixture()));
}

TEST_CASE("a conversion that fails or is stopped leaves the target as it was") {
  const TempDir dir;
  write_samples(dir / "m/model.safetensors", mixture());
  write_samples(dir / "out/model.safetensors", {floats("old", {1})});
  ConvertOptions options = to(WeightsFormat::kBin);
  options.progress = [](uint64_t, uint64_t) { throw Error(codes::kUsage, "stopped"); };
  CHECK(code_of([&] { convert_checkpoint(dir / "m", dir / "out", options); }) == codes::kUsage.id);
  dir.write("m/config.json", "{broken");
  CHECK(code_of([&] { convert_checkpoint(dir / "m", dir / "out", as(at::kHalf)); }) == codes::kJsonSyntax.id);
  CHECK(holds(dir / "out", {floats("old", {1})}));
  CHECK(listing(dir / "out") == Names{"model.safetensors"});
  dir.write("file", "x");
  CHECK(code_of([&] { convert_checkpoint(dir / "m", dir / "file", {}); }) == codes::kSaveTarget.id);
  CHECK(code_of([&] { convert_checkpoint(dir / "absent", dir / "out", {}); }) == codes::kNoSuchDirectory.id);
}

TEST_CASE("a dry run tells what would be done and does nothing") {
  const TempDir dir;
  write_samples(dir / "m/model.safetensors", mixture());
  ConvertOptions options = to(WeightsFormat::kBin, 30);
  options.dry_run = true;
  options.variant = "fp16";
  const ConvertReport report = convert_checkpoint(dir / "m", dir / "out", options);
  CHECK_FALSE(fs::exists(dir / "out"));
  options.dry_run = false;
  CHECK(report.files == convert_checkpoint(dir / "m", dir / "out", options).files);
  CHECK(report.files.front() == "pytorch_model.fp16-00001-of-00003.bin");
  CHECK(report.files.back() == "pytorch_model.bin.index.fp16.json");
}

TEST_CASE("a checkpoint without tensors can be converted") {
  const TempDir dir;
  write_samples(dir / "m/model.safetensors", {});
  convert_checkpoint(dir / "m", dir / "bin", to(WeightsFormat::kBin));
  CHECK(holds(dir / "bin", {}));
  convert_checkpoint(dir / "bin", dir / "safe", {});
  CHECK(holds(dir / "safe", {}));
}

}  // namespace
}  // namespace modelhost::host
