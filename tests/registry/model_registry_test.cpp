#include "modelhost/registry/model_registry.h"

#include <catch2/catch_test_macros.hpp>

#include "modelhost/base/error_codes.h"
#include "modelhost/model/measures.h"
#include "modelhost/registry/error_codes.h"
#include "support/sample_model.h"

namespace modelhost {
namespace {

using test::SampleForCausalLM;
using test::SampleModel;

ModelSpec spec(const std::string& name, const std::string& provider) {
  ModelSpec spec = model_spec<SampleModel>(name);
  spec.provider = provider;
  return spec;
}

TEST_CASE("a spec carries what the class declares") {
  const ModelSpec spec = model_spec<SampleForCausalLM>("SampleForCausalLM");
  CHECK(spec.traits.architecture == "SampleForCausalLM");
  CHECK(spec.traits.model_type == "sample");
  CHECK(spec.traits.config_class == "SampleConfig");
  CHECK(spec.traits.base_model_prefix == "sample");
  CHECK(spec.traits.tied_weights_keys == std::vector<std::string>{"lm_head.weight"});
  CHECK(spec.traits.supports_assign_param_buffer);
  CHECK_FALSE(spec.traits.is_parallelizable);
}

TEST_CASE("all of a plugin's classes are added or none") {
  ModelRegistry registry;
  registry.add({spec("A", "org.one"), spec("B", "org.one")});
  try {
    registry.add({spec("C", "org.two"), spec("B", "org.two")});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == codes::kRegistrationConflict.id);
    CHECK(error.key() == "B");
    CHECK(std::string(error.what()).find("org.one") != std::string::npos);
    CHECK(std::string(error.what()).find("org.two") != std::string::npos);
  }
  CHECK(registry.find("C") == nullptr);
  CHECK(registry.all().size() == 2);
}

TEST_CASE("a pointer to a spec stays valid while others are added") {
  ModelRegistry registry;
  registry.add({spec("A", "p")});
  const ModelSpec* first = registry.find("A");
  for (int i = 0; i < 100; ++i) registry.add({spec("A" + std::to_string(i), "p")});
  CHECK(registry.find("A") == first);
}

TEST_CASE("a config chooses its first registered architecture, else the base model of its type") {
  ModelRegistry registry;
  registry.add({spec("Base", "p"), spec("Head", "p")});
  auto chosen = [&](const char* config) {
    const ModelSpec* found = registry.for_config(parse_json(config, "config.json"));
    return found ? found->traits.architecture : std::string("none");
  };
  CHECK(chosen(R"({"model_type": "sample", "architectures": ["Other", "Head"]})") == "Head");
  CHECK(chosen(R"({"model_type": "sample", "architectures": ["Other"]})") == "Base");
  CHECK(chosen(R"({"model_type": "sample"})") == "Base");
  CHECK(chosen(R"({"model_type": "sample", "architectures": null})") == "Base");
  CHECK(chosen(R"({"model_type": "other", "architectures": ["Head"]})") == "none");
  CHECK(chosen(R"({"architectures": ["Head"]})") == "none");
  CHECK(chosen(R"({"model_type": 3})") == "none");
}

TEST_CASE("a config of another class is refused, and so is what a constructor throws") {
  const ModelSpec sample = model_spec<SampleModel>("Sample");
  CHECK_THROWS_AS(sample.make_model(std::make_shared<PretrainedConfig>()), Error);
  auto config = std::make_shared<test::SampleConfig>();
  config->vocab_size = 0;  // the padding row does not exist
  try {
    sample.make_model(config);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == codes::kConfigInconsistent.id);
  }
}

TEST_CASE("a model is built without memory for its weights and can be initialised") {
  auto config = std::make_shared<test::SampleConfig>();
  config->vocab_size = 1 << 26;
  config->hidden_size = 1 << 12;  // a terabyte of float32
  const auto model = model_spec<SampleModel>("Sample").make_model(config);
  CHECK(num_parameters(*model) > int64_t{1} << 38);

  const auto small =
      model_spec<SampleForCausalLM>("Sample").make_model(std::make_shared<test::SampleConfig>());
  small->init_weights();
  CHECK(small->dtype() == at::kFloat);
  const auto parameters = small->named_parameters();
  CHECK(parameters["sample.norm.weight"].eq(1).all().item<bool>());
  CHECK(parameters["sample.dense.bias"].eq(0).all().item<bool>());
  CHECK(parameters["sample.embed.weight"][0].eq(0).all().item<bool>());
  CHECK(parameters["lm_head.weight"].is_same(parameters["sample.embed.weight"]));
}

}  // namespace
}  // namespace modelhost
