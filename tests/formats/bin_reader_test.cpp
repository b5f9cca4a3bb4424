#include "formats/torch_bin/bin_reader.h"

#include <catch2/catch_test_macros.hpp>
#include <cstring>
#include <filesystem>

#include "modelhost/formats/open_checkpoint.h"
#include "modelhost/formats/safetensors/safetensors_reader.h"
#include "pickle_bytes.h"
#include "support/error_of.h"
#include "support/paths.h"
#include "support/temp_dir.h"
#include "tensor_text.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::TempDir;
using test::text_of;

const fs::path kGoldens = test::source_path("tests/goldens/bin");

std::string one_tensor(const std::string& name, const std::string& data) {
  const auto elements = static_cast<int64_t>(data.size() / 4);
  return test::bin_bytes(
             test::state_dict({{name, test::tensor(test::storage("0", elements), 0, {elements}, {1})}}),
             {{"0", data}})
      .bytes;
}

TEST_CASE("every format of torch.save gives the names, dtypes, shapes and bytes that were saved") {
  SafetensorsReader expected(kGoldens / "expected.safetensors");
  for (const char* file : {"zip.bin", "zip_protocol4.bin", "legacy.bin"}) {
    CAPTURE(file);
    BinReader reader(kGoldens / file);
    CHECK(reader.tensors().size() == expected.tensors().size());
    CHECK(reader.metadata().empty());
    for (const TensorInfo& tensor : expected.tensors()) {
      CAPTURE(tensor.name);
      const TensorInfo* found = reader.find(tensor.name);
      REQUIRE(found);
      CHECK(found->dtype == tensor.dtype);
      CHECK(found->shape == tensor.shape);
      CHECK(text_of(reader.bytes(*found)) == text_of(expected.bytes(tensor)));
    }
  }
}

TEST_CASE("contiguous tensors are views of the file and tied ones share their bytes") {
  BinReader reader(kGoldens / "zip.bin");
  const auto data = [&](const char* name) { return reader.bytes(*reader.find(name)).data.data(); };
  CHECK(data("tied.first") == data("tied.second"));
  CHECK(data("dtype.float32") == data("dtype.float32"));
  // A view with strides is gathered for each call. Both results are kept, or the second could get the first
  // one's block.
  const TensorBytes first = reader.bytes(*reader.find("view.transposed"));
  const TensorBytes second = reader.bytes(*reader.find("view.transposed"));
  CHECK(first.data.data() != second.data.data());
  CHECK(reinterpret_cast<std::uintptr_t>(data("dtype.float64")) % 64 == 0);
}

TEST_CASE("tensors come in the order of the file") {
  const BinReader reader(kGoldens / "zip.bin");
  for (std::size_t i = 1; i < reader.tensors().size(); ++i) {
    CHECK(reader.tensors()[i - 1].begin <= reader.tensors()[i].begin);
  }
}

TEST_CASE("bytes may be written to, outlive the reader, and never reach the file") {
  const TempDir dir;
  const fs::path path = dir.write("w.bin", one_tensor("a", "12345678"));
  TensorBytes bytes;
  {
    BinReader reader(path);
    bytes = reader.bytes(*reader.find("a"));
  }
  bytes.data[0] = std::byte{'X'};
  CHECK(text_of(bytes) == "X2345678");
  CHECK(test::read_bytes(path) == one_tensor("a", "12345678"));
}

TEST_CASE("a directory is searched in the order of transformers") {
  const TempDir dir;
  dir.write("pytorch_model.bin.index.json", R"({"weight_map": {"c": "x.bin"}})");
  dir.write("x.bin", one_tensor("c", "1234"));
  CHECK(open_checkpoint(dir.path())->find("c"));
  dir.write("pytorch_model.bin", one_tensor("b", "1234"));
  CHECK(open_checkpoint(dir.path())->find("b"));
  fs::copy_file(kGoldens / "expected.safetensors", dir / "model.safetensors");
  CHECK(open_checkpoint(dir.path())->find("scalar"));
}

TEST_CASE("an index may name shards of both kinds") {
  const TempDir dir;
  dir.write("one.bin", one_tensor("a", "12345678"));
  fs::copy_file(kGoldens / "expected.safetensors", dir / "two.safetensors");
  dir.write("pytorch_model.bin.index.json",
            R"({"weight_map": {"a": "one.bin", "scalar": "two.safetensors"}})");
  const auto checkpoint = open_checkpoint(dir.path());
  CHECK(checkpoint->tensors().size() == 2);
  CHECK(text_of(checkpoint->bytes(*checkpoint->find("a"))) == "12345678");
  CHECK(checkpoint->bytes(*checkpoint->find("scalar")).data.size() == 4);
}

TEST_CASE("a weights file is named by its path and read by its ending") {
  const TempDir dir;
  for (const char* name : {"w.bin", "w.pt", "w.pth"})
    CHECK(open_checkpoint(dir.write(name, one_tensor("a", "1234")))->find("a"));
  CHECK(test::code_of([&] { open_checkpoint(dir.write("w.weights", one_tensor("a", "1234"))); }) == "S102");
}

TEST_CASE("weights that are no weights say what they are") {
  const TempDir dir;
  const auto error = [&](const std::string& text) {
    return test::error_of([&] { open_checkpoint(dir.write("pytorch_model.bin", text)); });
  };
  const Error pointer = error("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
  CHECK(pointer.code() == "K204");
  CHECK(pointer.message().find("git-lfs") != std::string::npos);
  CHECK(pointer.file().ends_with("pytorch_model.bin"));
  CHECK(error("").got() == "an empty file");
  CHECK(error("<!DOCTYPE html>").code() == "K204");
  std::string tar(512, '\0');
  tar.replace(0, 8, "storages").replace(257, 5, "ustar");
  CHECK(error(tar).message().find("tar archive") != std::string::npos);
}

}  // namespace
}  // namespace modelhost
