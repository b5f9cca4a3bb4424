#include "modelhost/formats/torch_bin/bin_writer.h"

#include <catch2/catch_test_macros.hpp>
#include <unordered_map>

#include "formats/torch_bin/bin_reader.h"
#include "modelhost/formats/error_codes.h"
#include "support/error_of.h"
#include "support/paths.h"
#include "support/temp_dir.h"
#include "tensor_text.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::code_of;
using test::TempDir;
using test::text_of;

TensorInfo info(const std::string& name, Dtype dtype, std::vector<int64_t> shape) {
  TensorInfo tensor{name, dtype, std::move(shape), 0, 0};
  tensor.end = static_cast<uint64_t>(tensor.elements()) * dtype_bits(dtype) / 8;
  return tensor;
}

// Bytes that depend on the name.
TensorBytes bytes_of(const TensorInfo& tensor) {
  auto owner = std::make_shared<std::vector<std::byte>>(tensor.bytes());
  auto value = static_cast<unsigned>(std::hash<std::string>()(tensor.name));
  for (std::byte& byte : *owner) {
    value = value * 1664525 + 1013904223;
    byte = static_cast<std::byte>(value >> 24);
  }
  return {*owner, owner};
}

fs::path write(const TempDir& dir, const std::vector<TensorInfo>& tensors, const SharedData& shared = {},
               const FetchTensor& fetch = bytes_of) {
  static int count = 0;
  const fs::path path = dir / ("f" + std::to_string(count++) + ".bin");
  FileWriter out(path);
  write_bin(out, path.stem(), tensors, fetch, shared);
  out.finish();
  return path;
}

void check_same(const std::vector<TensorInfo>& tensors, BinReader& reader) {
  REQUIRE(reader.tensors().size() == tensors.size());
  for (const TensorInfo& tensor : tensors) {
    const TensorInfo* found = reader.find(tensor.name);
    REQUIRE(found);
    CHECK(found->dtype == tensor.dtype);
    CHECK(found->shape == tensor.shape);
    CHECK(text_of(reader.bytes(*found)) == text_of(bytes_of(tensor)));
    if (tensor.bytes() > 0) CHECK(found->begin % 64 == 0);
  }
}

TEST_CASE("a dict of contiguous tensors is written to the byte as torch.save writes it") {
  const fs::path golden = test::source_path("tests/goldens/bin/plain.bin");
  BinReader reader(golden);
  // The reader orders tensors by their data and writing by the dict: the script's order is in the names.
  const std::vector<std::string> types = {
      "float32", "float16", "bfloat16",      "float64",     "int64",         "int32",
      "int16",   "int8",    "uint8",         "bool",        "complex64",     "uint16",
      "uint32",  "uint64",  "float8_e4m3fn", "float8_e5m2", "float8_e8m0fnu"};
  std::vector<std::string> names;
  for (const std::string& type : types) {
    names.push_back(type + ".2");
    names.push_back(type + ".4");
  }
  for (const char* name : {"scalar", "4", "", "größe.模型.😀"}) names.emplace_back(name);
  const std::vector<const char*> rows = {"0",          "255",        "256",          "65535",       "65536",
                                         "2147483647", "2147483648", "549755813887", "549755813888"};
  for (const char* row : rows) names.push_back(std::string("empty.") + row);
  const SharedData shared = {
      {"tied.float32.2", "float32.2"}, {"tied.uint16.4", "uint16.4"}, {"tied.empty.0", "empty.0"}};
  for (const char* name : {"tied.float32.2", "tied.uint16.4", "tied.empty.0"}) names.emplace_back(name);
  std::vector<TensorInfo> tensors;
  for (const std::string& name : names) {
    REQUIRE(reader.find(name));
    tensors.push_back(*reader.find(name));
  }
  REQUIRE(tensors.size() == reader.tensors().size());
  const TempDir dir;
  FileWriter out(dir / "x.bin");
  write_bin(
      out, "plain", tensors, [&](const TensorInfo& tensor) { return reader.bytes(tensor); }, shared);
  out.finish();
  const bool same = test::read_bytes(dir / "x.bin") == test::read_bytes(golden);
  CHECK(same);
}

TEST_CASE("what is written to a bin file is read back bit for bit, in every dtype and shape") {
  std::vector<TensorInfo> tensors;
  for (int type = 0; type <= static_cast<int>(Dtype::kU64); ++type) {
    const auto dtype = static_cast<Dtype>(type);
    if (dtype_bits(dtype) < 8) continue;
    for (const std::vector<int64_t>& shape :
         {std::vector<int64_t>{}, {0}, {1}, {7}, {0, 5}, {3, 300}, {1, 2, 3, 4, 5}}) {
      tensors.push_back(info(std::string(dtype_name(dtype)) + shape_text(shape), dtype, shape));
    }
  }
  const TempDir dir;
  BinReader reader(write(dir, tensors));
  check_same(tensors, reader);
}

TEST_CASE("any number of tensors can be written, also around the batches of a thousand") {
  const TempDir dir;
  for (const int count : {0, 1, 2, 999, 1000, 1001, 2000}) {
    CAPTURE(count);
    std::vector<TensorInfo> tensors;
    for (int i = 0; i < count; ++i) tensors.push_back(info("layer." + std::to_string(i), Dtype::kF32, {2}));
    BinReader reader(write(dir, tensors));
    check_same(tensors, reader);
  }
}

TEST_CASE("tensors that share data are stored once and fetched once") {
  const std::vector<TensorInfo> tensors = {info("a", Dtype::kF32, {2, 3}), info("b", Dtype::kF32, {2}),
                                           info("c", Dtype::kF32, {3, 2}), info("d", Dtype::kF32, {6})};
  int fetched = 0;
  const auto count = [&fetched](const TensorInfo& tensor) { return ++fetched, bytes_of(tensor); };
  const TempDir dir;
  BinReader reader(write(dir, tensors, {{"c", "a"}, {"d", "a"}}, count));
  CHECK(fetched == 2);
  CHECK(reader.find("c")->begin == reader.find("a")->begin);
  CHECK(reader.find("d")->begin == reader.find("a")->begin);
  CHECK(reader.find("b")->begin != reader.find("a")->begin);
  CHECK(reader.find("c")->shape == std::vector<int64_t>{3, 2});
  CHECK(text_of(reader.bytes(*reader.find("d"))) == text_of(bytes_of(tensors[0])));
}

TEST_CASE("the same tensors make the same bin file") {
  const std::vector<TensorInfo> tensors = {info("a", Dtype::kF32, {200, 3}), info("b", Dtype::kI64, {2})};
  const TempDir dir;
  std::vector<std::string> files;
  for (int i = 0; i < 2; ++i) {
    FileWriter out(dir / std::to_string(i));
    write_bin(out, "pytorch_model", tensors, bytes_of);
    out.finish();
    files.push_back(test::read_bytes(dir / std::to_string(i)));
  }
  CHECK(files[0] == files[1]);
  CHECK(files[0].find("pytorch_model/data/1") != std::string::npos);
}

TEST_CASE("no more than one tensor is held while a bin file is written") {
  std::vector<TensorInfo> tensors;
  for (int i = 0; i < 20; ++i) tensors.push_back(info(std::to_string(i), Dtype::kF32, {1000}));
  std::weak_ptr<void> last;
  const auto fetch = [&last](const TensorInfo& tensor) {
    CHECK(last.expired());
    TensorBytes bytes = bytes_of(tensor);
    last = bytes.owner;
    return bytes;
  };
  const TempDir dir;
  write(dir, tensors, {}, fetch);
}

TEST_CASE("what PyTorch could not load is refused before or while a bin file is written") {
  const TempDir dir;
  const TensorInfo a = info("a", Dtype::kF32, {2}), wide = info("w", Dtype::kF64, {2});
  TensorInfo wrong = a;
  wrong.end += 4;
  const auto short_bytes = [](const TensorInfo&) { return TensorBytes{}; };
  const auto code = [&](const std::vector<TensorInfo>& tensors, const SharedData& shared = {}) {
    return code_of([&] { write(dir, tensors, shared); });
  };
  CHECK(code({a, a}) == codes::kBinTensor.id);
  CHECK(code({wrong}) == codes::kBinTensor.id);
  CHECK(code({info("\xff", Dtype::kF32, {2})}) == codes::kBinTensor.id);
  CHECK(code({info("f4", Dtype::kF4, {2})}) == codes::kLoadDtype.id);
  CHECK(code({wide, a}, {{"a", "w"}}) == codes::kBinTensor.id);
  CHECK(code({a}, {{"a", "x"}}) == codes::kBinTensor.id);
  CHECK(code({a}, {{"a", "a"}}) == codes::kBinTensor.id);
  CHECK(code_of([&] { write(dir, {a}, {}, short_bytes); }) == codes::kBinTensor.id);
}

}  // namespace
}  // namespace modelhost
