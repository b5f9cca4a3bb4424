#include "modelhost/host/hub/model_source.h"

#include <catch2/catch_test_macros.hpp>

#include "support/error_of.h"
#include "support/temp_dir.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::TempDir;

TEST_CASE("a path names what is there, or is not, and is never a model of a hub") {
  const TempDir dir;
  const ModelSource source(dir / "absent");
  CHECK(source.local() == dir / "absent");
  CHECK_FALSE(source.hub().has_value());
  CHECK_FALSE(ModelSource(fs::path("owner/name")).hub().has_value());
}

TEST_CASE("the directory of a weights file is the one that it is in") {
  const TempDir dir;
  dir.write("model/model.safetensors", "");
  CHECK(ModelSource(dir / "model").directory() == dir / "model");
  CHECK(ModelSource(dir / "model/model.safetensors").directory() == dir / "model");
  CHECK(ModelSource(dir / "absent").directory() == dir / "absent");
}

TEST_CASE("texts of these forms may name a model of a hub") {
  for (const auto& [text, id, revision] :
       {std::tuple("sentence-transformers/all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2", ""),
        std::tuple("openai-community/gpt2@607a30d", "openai-community/gpt2", "607a30d"),
        std::tuple("owner/name@refs/pr/1", "owner/name", "refs/pr/1"),
        std::tuple("hf://owner/name@main", "owner/name", "main"),
        std::tuple("https://huggingface.co/BAAI/bge-small-en-v1.5", "BAAI/bge-small-en-v1.5", "")}) {
    CAPTURE(text);
    const ModelSource source(text);
    REQUIRE(source.hub().has_value());
    CHECK(*source.hub() == HubModel{id, revision});
  }
}

TEST_CASE("texts of other forms are paths") {
  for (const char* text :
       {"model", "./owner/name", "../name", "/owner/name", "a/b/c", "owner/name/", "owner//name",
        "owner/.name", "-owner/name", "owner/na--me", "owner/na..me", "owner/na me", "owner/name@",
        "model/model.safetensors", "model/pytorch_model.bin", "model/model.safetensors.index.json", ""}) {
    CAPTURE(text);
    CHECK_FALSE(ModelSource(text).hub().has_value());
    CHECK(ModelSource(text).local() == text);
  }
}

TEST_CASE("a directory that is there counts before a hub, whatever it is called") {
  const TempDir dir;
  dir.write("owner/name/config.json", "{}");
  const ModelSource source = ModelSource::in(dir.path(), "owner/name");
  CHECK(source.local() == dir / "owner/name");
  CHECK(source.hub().has_value());
}

TEST_CASE("a model of a hub is refused by name while nothing can be downloaded") {
  const TempDir dir;
  const Error named = error_of([&] { ModelSource::in(dir.path(), "owner/name@v2").local(); });
  CHECK(named.code() == "IO105");
  CHECK(named.message() == "there is no such directory, and downloading models is not available yet");
  CHECK(named.file() == (dir / "owner/name@v2").string());
  CHECK(named.got() == "the model owner/name of a hub, revision v2");
  CHECK(named.fix() == "give a directory");
  const Error addressed = error_of([] { ModelSource("https://huggingface.co/owner/name").directory(); });
  CHECK(addressed.message() == "downloading models is not available yet");
  CHECK(addressed.file() == "https://huggingface.co/owner/name");
}

TEST_CASE("relative paths are taken from a base and come out normal") {
  CHECK(ModelSource::in("/configs", "../models/./a/b").local() == "/models/a/b");
  CHECK(ModelSource::in("/configs", "/models/a").local() == "/models/a");
}

}  // namespace
}  // namespace modelhost::host
