#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>

#include "modelhost/base/error_codes.h"
#include "modelhost/formats/error_codes.h"
#include "modelhost/formats/open_checkpoint.h"
#include "modelhost/formats/safetensors/safetensors_reader.h"
#include "modelhost/formats/safetensors/safetensors_writer.h"
#include "safetensors_bytes.h"
#include "support/temp_dir.h"

namespace modelhost {
namespace {

namespace fs = std::filesystem;
using test::TempDir;

const std::string kOneTensor = R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})";

std::string code_of_open(const fs::path& path) {
  try {
    open_checkpoint(path);
    return "none";
  } catch (const Error& error) {
    return std::string(error.code());
  }
}

TensorToWrite to_write(std::string name, Dtype dtype, std::vector<int64_t> shape, const std::string& bytes) {
  return {{std::move(name), dtype, std::move(shape), 0, 0}, std::as_bytes(std::span(bytes))};
}

TEST_CASE("what the writer writes the reader reads") {
  const TempDir dir;
  const fs::path path = dir.path() / "t.safetensors";
  write_safetensors(path,
                    {to_write("b", Dtype::kF32, {2}, "12345678"), to_write("é", Dtype::kU8, {0, 3}, ""),
                     to_write("a", Dtype::kF32, {}, "abcd"), to_write("z", Dtype::kI64, {1}, "ABCDEFGH")},
                    {{"format", "pt"}});
  SafetensorsReader reader(path);
  REQUIRE(reader.tensors().size() == 4);
  CHECK(reader.tensors()[0].name == "z");  // wider types first, then by name
  CHECK(reader.tensors()[1].name == "a");
  CHECK(reader.metadata().at("format") == "pt");
  const TensorBytes bytes = reader.bytes(*reader.find("b"));
  CHECK(std::memcmp(bytes.data.data(), "12345678", 8) == 0);
  CHECK(reader.tensors()[0].begin % 8 == 0);
  CHECK(reader.find("é")->elements() == 0);
  CHECK(reader.find("missing") == nullptr);
}

TEST_CASE("two tensors of one name cannot be written and no file appears") {
  const TempDir dir;
  const std::vector<TensorToWrite> twice = {to_write("a", Dtype::kU8, {1}, "x"),
                                            to_write("a", Dtype::kU8, {1}, "y")};
  CHECK_THROWS_AS(write_safetensors(dir.path() / "t.safetensors", twice), Error);
  CHECK(fs::is_empty(dir.path()));
}

TEST_CASE("a tensor under the name of the metadata cannot be written and no file appears") {
  const TempDir dir;
  try {
    write_safetensors(dir.path() / "t.safetensors", {to_write("__metadata__", Dtype::kU8, {1}, "x")});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == codes::kSafetensorsMetadata.id);
    CHECK(error.key() == "__metadata__");
  }
  CHECK(fs::is_empty(dir.path()));
}

TEST_CASE("writing where nothing can be written is a clear error") {
  const TempDir dir;
  try {
    write_safetensors(dir.path() / "no" / "such" / "t.safetensors", {});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == codes::kFileUnwritable.id);
    CHECK(error.file().ends_with("t.safetensors"));
  }
}

TEST_CASE("a directory without weights says what was looked for and what is there") {
  const TempDir dir;
  CHECK(code_of_open(dir.path() / "absent") == "IO105");
  CHECK(code_of_open(dir.path()) == "K101");
  dir.write("tf_model.h5", "x");
  dir.write("pytorch_model.fp16.bin", "x");
  try {
    open_checkpoint(dir.path());
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.expected().find("pytorch_model.bin.index.json") != std::string::npos);
    CHECK(error.got() == "only pytorch_model.fp16.bin, tf_model.h5");
  }
}

TEST_CASE("weights that are a directory, an empty file or a pipe are refused without blocking") {
  const TempDir dir;
  fs::create_directories(dir.path() / "a" / "model.safetensors");
  CHECK(code_of_open(dir.path() / "a") == "IO102");
  dir.write("b/model.safetensors", "");
  CHECK(code_of_open(dir.path() / "b") == "S101");
  fs::create_directories(dir.path() / "c");
  REQUIRE(::mkfifo((dir.path() / "c" / "model.safetensors").c_str(), 0600) == 0);
  CHECK(code_of_open(dir.path() / "c") == "IO102");
}

TEST_CASE("a sharded checkpoint is read through its index") {
  const TempDir dir;
  dir.write("s1.safetensors", test::safetensors_bytes(kOneTensor, 4));
  dir.write("s2.safetensors",
            test::safetensors_bytes(R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 2));
  dir.write("model.safetensors.index.json",
            R"({"metadata": {}, "weight_map": {"a": "s1.safetensors", "b": "s2.safetensors"}})");
  const auto checkpoint = open_checkpoint(dir.path());
  CHECK(checkpoint->tensors().size() == 2);
  CHECK(checkpoint->total_bytes() == 6);
  CHECK(checkpoint->files().size() == 2);
  CHECK(checkpoint->bytes(*checkpoint->find("b")).data.size() == 2);
}

TEST_CASE("an index that does not fit its shards is refused") {
  const TempDir dir;
  dir.write("s1.safetensors", test::safetensors_bytes(kOneTensor, 4));
  auto with_index = [&dir](const std::string& text) {
    dir.write("model.safetensors.index.json", text);
    return code_of_open(dir.path());
  };
  CHECK(with_index(R"({"weight_map": {"a": "s1.safetensors", "gone": "s1.safetensors"}})") == "K104");
  CHECK(with_index(R"({"weight_map": {"a": 1}})") == "K104");
  CHECK(with_index(R"({"weight_map": {}})") == "K104");
  CHECK(with_index(R"({"metadata": {}})") == "K104");
  CHECK(with_index("[]") == "K104");
  CHECK(with_index("{") == "J101");
  CHECK(with_index(R"({"weight_map": {"a": "absent.safetensors"}})") == "IO101");
}

TEST_CASE("an index may only name plain files beside itself") {
  const TempDir dir;
  dir.write("outside.safetensors", test::safetensors_bytes(kOneTensor, 4));
  dir.write("m/inside.safetensors", test::safetensors_bytes(kOneTensor, 4));
  const fs::path model = dir.path() / "m";
  fs::create_symlink("../outside.safetensors", model / "link.safetensors");
  fs::create_symlink("inside.safetensors", model / "own.safetensors");
  auto with_shard = [&](const std::string& name) {
    dir.write("m/model.safetensors.index.json", R"({"weight_map": {"a": ")" + name + "\"}}");
    return code_of_open(model);
  };
  CHECK(with_shard("inside.safetensors") == "none");
  CHECK(with_shard("own.safetensors") == "none");
  for (const std::string name : {"../outside.safetensors", "..", ".", "", "link.safetensors",
                                 "sub/x.safetensors", "..\\\\x", "a\\u0000b", "/dev/zero"}) {
    CAPTURE(name);
    CHECK(with_shard(name) == "K103");
  }
}

TEST_CASE("links into the blobs folder of a hub cache are followed") {
  const TempDir dir;
  dir.write("blobs/abc", test::safetensors_bytes(kOneTensor, 4));
  dir.write("snapshots/rev/model.safetensors.index.json", R"({"weight_map": {"a": "s1.safetensors"}})");
  fs::create_symlink("../../blobs/abc", dir.path() / "snapshots" / "rev" / "s1.safetensors");
  CHECK(open_checkpoint(dir.path() / "snapshots" / "rev")->tensors().size() == 1);
}

}  // namespace
}  // namespace modelhost
