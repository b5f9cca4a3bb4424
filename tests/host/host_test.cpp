#include "modelhost/host/host.h"

#include "modelhost/base/error_codes.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/save/save_pretrained.h"
#include "support/error_of.h"
#include "support/sample_model.h"
#include "support/temp_dir.h"

#include <catch2/catch_test_macros.hpp>  // after c10, which has a CHECK of its own

namespace modelhost::host {
namespace {

using test::code_of;
using test::error_of;
using test::SampleForCausalLM;
using test::SampleModel;
using test::TempDir;

// Finds no plugins of its own: the classes of the tests are registered by hand.
struct TestHost : Host {
  TestHost() : Host({.settings = HostSettings{}}) {
    registry().add(
        {model_spec<SampleModel>("SampleModel"), model_spec<SampleForCausalLM>("SampleForCausalLM")});
  }
};

Json config_of(const char* architecture) {
  return {{"model_type", "sample"}, {"architectures", {architecture}}, {"vocab_size", 7}, {"hidden_size", 4}};
}

TEST_CASE("a host makes a new model of the class that a config names, or of another one") {
  TestHost host;
  const Json config = config_of("SampleForCausalLM");
  CHECK(host.make_model(config)->traits().architecture == "SampleForCausalLM");
  CHECK(host.make_model(config, {.base_model = true})->traits().architecture == "SampleModel");
  const auto model = host.make_model(config, {.architecture = "SampleModel", .load = {.dtype = at::kDouble}});
  CHECK(model->traits().architecture == "SampleModel");
  CHECK(model->dtype() == at::kDouble);
  CHECK(model->is_training());
}

TEST_CASE("a new model of an unknown type or class is refused") {
  TestHost host;
  CHECK(code_of([&] { host.make_model({{"model_type", "samples"}}); }) == codes::kNoPlugin.id);
  CHECK(code_of([&] { host.make_model(Json::object()); }) == codes::kConfigNoModelType.id);
  CHECK(code_of([&] { host.make_model(config_of("X"), {.architecture = "Y"}); }) == codes::kNoPlugin.id);
}

TEST_CASE("a new model that was saved is loaded with what its caller says") {
  const TempDir dir;
  TestHost host;
  const auto model = host.make_model(config_of("SampleForCausalLM"));
  save_pretrained(*model, dir / "m");
  const LoadedModel loaded = host.load_model(dir / "m", {.load = {.strict = true, .dtype = at::kHalf}});
  CHECK_FALSE(loaded.model->is_training());
  CHECK(loaded.model->dtype() == at::kHalf);
  CHECK(loaded.report.complete());
  CHECK(host.find_model(dir / "m", {.base_model = true}).traits.architecture == "SampleModel");
  CHECK(host.load_model(dir / "m/model.safetensors").report.complete());
}

TEST_CASE("a host refuses a model that is not there, and one of a hub by its name") {
  const TempDir dir;
  TestHost host;
  const Error absent = error_of([&] { host.load_model(dir / "absent"); });
  CHECK(absent.code() == codes::kNoSuchDirectory.id);
  CHECK(absent.message() == "the model directory does not exist");
  const Error named = error_of([&] { host.load_embedder("no-such-owner/no-such-model"); });
  CHECK(named.code() == codes::kNoSuchDirectory.id);
  CHECK(named.message().ends_with("downloading models is not available yet"));
}

}  // namespace
}  // namespace modelhost::host
