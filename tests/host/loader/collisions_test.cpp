// Two plugins in one process that agree in every name (tests/colliding_plugins/).
#include <catch2/catch_test_macros.hpp>

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/types.h>

#include "loader/torch_operators.h"
#include "loader_support.h"
#include "modelhost/plugin/abi_check.h"
#include "support/environment.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::LoaderHost;
using test::TempDir;

const fs::path kColliding = test::build_path("tests/colliding_plugins");

std::shared_ptr<PreTrainedModel> model_of(LoaderHost& host, const std::string& model_type) {
  const Json config = {{"model_type", model_type}};
  const ModelSpec& spec = host.manager.require_spec(config, "config.json");
  return spec.make_model(spec.config_from(config, "config.json"));
}

std::vector<int64_t> sides(PreTrainedModel& model) {
  const at::Tensor out = model({{"input_ids", torch::zeros({1, 1}, torch::kLong)}}).at("sides");
  return {out.data_ptr<int64_t>(), out.data_ptr<int64_t>() + out.numel()};
}

TEST_CASE("equal names of libraries, classes, functions and statics stay each plugin's own") {
  LoaderHost host({kColliding / "collide_left", kColliding / "collide_right"});
  const auto left = model_of(host, "left"), right = model_of(host, "right");
  CHECK(sides(*left) == std::vector<int64_t>{1, 1, 1, 1, 1});
  CHECK(sides(*left) == std::vector<int64_t>{1, 1, 1, 1, 2});
  CHECK(sides(*right) == std::vector<int64_t>{2, 2, 2, 2, 1});
  CHECK(sides(*left).back() == 3);
}

TEST_CASE("plugins of two patch levels of the SDK run side by side when all that matters is equal") {
  const auto version = [](const char* folder) {
    return std::string(read_abi_stamp(kColliding / folder / "libcollide.so").sdk_version);
  };
  CHECK(version("collide_left") == MODELHOST_VERSION);
  CHECK(version("collide_right") == "0.1.99");
  LoaderHost host({kColliding / "collide_left", kColliding / "collide_right"});
  host.manager.require_model_type("left");
  host.manager.require_model_type("right");
  CHECK(host.registry.all().size() == 2);
}

TEST_CASE("a config of one plugin is none for the class of the same name of another") {
  LoaderHost host({kColliding / "collide_left", kColliding / "collide_right"});
  const Json config = {{"model_type", "left"}};
  const ModelSpec& left = host.manager.require_spec(config, "config.json");
  host.manager.require_model_type("right");
  const ModelSpec& right = *host.registry.find("RightModel");
  CHECK(left.make_model(left.config_from(config, "config.json"))->config().type() == "left");
  CHECK(right.make_model(right.make_config())->config().type() == "right");
}

TEST_CASE("exceptions of one name arrive with their own plugin's text") {
  LoaderHost host({kColliding / "collide_left", kColliding / "collide_right"});
  for (const std::string side : {"left", "right", "left"}) {
    const auto model = model_of(host, side);
    std::string text;
    try {
      (*model)({{"input_ids", torch::ones({1, 1}, torch::kLong)}});
    } catch (const std::exception& error) {
      text = error.what();
    }
    CHECK(text == (side == "left" ? "failure of side 1" : "failure of side 2"));
  }
}

TEST_CASE("an exception outlives the host that loaded its plugin") {
  std::exception_ptr kept;
  {
    LoaderHost host({kColliding / "collide_left"});
    try {
      (*model_of(host, "left"))({{"input_ids", torch::ones({1, 1}, torch::kLong)}});
    } catch (...) {
      kept = std::current_exception();
    }
  }
  try {
    std::rethrow_exception(kept);
  } catch (const std::exception& error) {
    CHECK(std::string(error.what()) == "failure of side 1");
  }
}

TEST_CASE("the second plugin that registers an operator is refused before it could end the process") {
  const TempDir cache;
  const test::ScopedEnvironment variable("XDG_CACHE_HOME", cache.path().string());
  LoaderHost host({kColliding / "operators_left", kColliding / "operators_right"}, {}, /*trial=*/true);
  host.manager.require_model_type("operators_left");
  for (int round = 0; round < 2; ++round) {  // by a trial, then by its verdict from the cache
    const Error error = error_of([&] { host.manager.load("org.modelhost.tests.operators-right"); });
    CHECK(error.code() == "P604");
    CHECK(error.notes().find("namespace collide") != std::string::npos);
    CHECK(error.notes().find("collide::side") != std::string::npos);
    CHECK(error.notes().find("restart") == std::string::npos);
    host.manager.scan();
  }
  const auto op = c10::Dispatcher::singleton().findSchemaOrThrow("collide::side", "").typed<int64_t()>();
  CHECK(op.call() == 1);
}

TEST_CASE("a second host of the process takes a plugin with operators that the first one opened") {
  const TempDir cache;
  const test::ScopedEnvironment variable("XDG_CACHE_HOME", cache.path().string());
  for (int i = 0; i < 2; ++i) {
    LoaderHost host({kColliding / "operators_left"}, {}, /*trial=*/true);
    CHECK_NOTHROW(host.manager.require_model_type("operators_left"));
    CHECK(host.manager.entries()[0].trial == PluginTrial::kPassed);
  }
}

TEST_CASE("what LibTorch has is told apart from what was added since") {
  const TorchRegistrations before = torch_registrations();
  CHECK(before.operators.contains("aten::add.Tensor"));
  CHECK(before.namespaces.contains("aten"));
  TorchRegistrations after = before;
  after.operators.insert("mine::op");
  after.namespaces.insert("mine");
  const TorchRegistrations mine = added(before, after);
  CHECK(mine.operators == std::set<std::string>{"mine::op"});
  CHECK(mine.namespaces == std::set<std::string>{"mine"});
  CHECK_NOTHROW(check_no_conflict(mine));
  CHECK(test::code_of([] { check_no_conflict({{"aten::add.Tensor"}, {}}); }) == "P604");
  CHECK(test::code_of([] { check_no_conflict({{}, {"aten"}}); }) == "P604");
}

}  // namespace
}  // namespace modelhost::host
