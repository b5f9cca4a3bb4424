#include "modelhost/load/pretrained_files.h"

#include <catch2/catch_test_macros.hpp>

#include "save/save_support.h"
#include "support/error_of.h"

namespace modelhost {
namespace {

using test::code_of;
using test::filled_model;
using test::SampleConfig;
using test::SampleModel;
using test::TempDir;

const ModelSpec kSpec = model_spec<SampleModel>("SampleModel");

TEST_CASE("what is saved after the files were opened does not get into the model, config or weights") {
  const TempDir dir;
  const auto first = filled_model(1, /*vocab_size=*/7), second = filled_model(100, /*vocab_size=*/9);
  save_pretrained(*first, dir / "m");
  const PretrainedFiles files(dir / "m", {});
  save_pretrained(*second, dir / "m");

  for (int round = 0; round < 2; ++round) {  // and it can be loaded again
    const LoadedModel loaded = from_pretrained(kSpec, files, {.strict = true});
    CHECK(dynamic_cast<const SampleConfig&>(loaded.model->config()).vocab_size == 7);
    CHECK(test::same_weights(*loaded.model, *first));
  }
  CHECK(test::same_weights(*from_pretrained(kSpec, dir / "m").model, *second));
}

TEST_CASE("the config can be read although the weights cannot, which is an error when they are needed") {
  const TempDir dir;
  save_pretrained(*filled_model(1), dir / "m");
  dir.write("m/model.safetensors", "damaged");
  const PretrainedFiles files(dir / "m", {});
  CHECK(files.config().object["model_type"] == "sample");
  CHECK(code_of([&] { files.weights(); }) == "S101");
  CHECK(code_of([&] { from_pretrained(kSpec, files); }) == "S101");
  CHECK(code_of([&] { PretrainedFiles(dir.path() / "nowhere", {}); }) == "C101");
}

TEST_CASE("a generation_config.json that cannot be read concerns only classes that generate") {
  const TempDir dir;
  save_pretrained(*filled_model(1), dir / "m");
  dir.write("m/generation_config.json", "{");
  CHECK_NOTHROW(from_pretrained(kSpec, dir / "m"));
  ModelSpec generating = kSpec;
  generating.traits.can_generate = true;
  CHECK(code_of([&] { from_pretrained(generating, dir / "m"); }) == "J101");
}

}  // namespace
}  // namespace modelhost
