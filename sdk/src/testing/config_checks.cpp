// Is the config complete, and what does construction cost?
#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>

#include <limits>

#include "case_groups.h"
#include "modelhost/base/error.h"
#include "modelhost/base/text.h"
#include "modelhost/model/state_dict.h"

namespace modelhost::testing {
namespace {

constexpr const char* kFile = "config.json";

void round_trip(const ModelFixture& fixture) {
  const auto config = fixture.config();
  const std::string text = config->to_json_string();
  const auto read = fixture.spec().config_from(parse_json(text, kFile), kFile);
  require(read->to_json_string() == text, "written, read and written again, the config is\n" +
                                              read->to_json_string() + "instead of\n" + text);
}

void says_model_type(const ModelFixture& fixture) {
  const auto config = fixture.spec().make_config();
  const std::string& type = fixture.spec().traits.model_type;
  require(config->type() == type, "type() is " + quote(config->type()) + ", model_type " + quote(type));
  const auto again = config->make_default();
  require(again->type() == type && again->to_dict() == config->to_dict(),
          "make_default() gives another config than the constructor");
}

void keeps_unknown_keys(const ModelFixture& fixture) {
  Json object = parse_json(fixture.config()->to_json_string(), kFile);
  object["a_key_that_nobody_knows"] = {1, "two"};
  const auto config = fixture.spec().config_from(object, kFile);
  require(parse_json(config->to_json_string(), kFile) == object,
          "a key that the class does not know is not written back");
}

// The values of fields, without what PretrainedConfig::to_dict adds.
Json field_values(PretrainedConfig& config) {
  Json values = Json::object();
  auto writer = ConfigFields::writer(values);
  config.fields(writer);
  return values;
}

void checks_types(const ModelFixture& fixture) {
  const auto config = fixture.spec().make_config();
  const Json values = field_values(*config);
  for (const auto& [name, value] : values.items()) {
    if (!value.is_number() || name == "eos_token_id") continue;  // that one may be a list
    try {
      fixture.spec().config_from(Json{{name, "a text"}}, kFile);
    } catch (const Error& error) {
      require(error.key() == name, "the error about a text for " + name + " names " + quote(error.key()));
      continue;
    }
    fail_case("a text is taken for " + name + ", which is a number");
  }
}

void constructs_without_memory(const ModelFixture& fixture) {
  const auto model = fixture.spec().make_model(fixture.config());
  std::vector<std::string> made;
  for (const StateEntry& entry : state_dict(*model)) {
    if (!entry.is_buffer && !nn::is_placeholder(entry.tensor)) made.push_back(entry.name);
  }
  if (!made.empty()) {
    warn_case("the constructor gives memory to " + join(made, ", ") +
              ": make parameters with declare_parameter, or with the layers of modelhost::nn");
  }
}

// Memory that holds something else than zeros shows what no rule fills.
void spoil_parameters(PreTrainedModel& model) {
  for (StateEntry& entry : state_dict(model)) {
    if (entry.is_buffer || !entry.tensor.is_floating_point()) continue;
    const auto options = entry.tensor.options().requires_grad(false);
    entry.tensor.set_data(at::full(entry.tensor.sizes(), std::numeric_limits<double>::quiet_NaN(), options));
  }
}

void initialises_everything(const ModelFixture& fixture) {
  const auto spoilt = fixture.spec().make_model(fixture.config());
  spoil_parameters(*spoilt);
  spoilt->init_weights();
  for (const StateEntry& entry : state_dict(*spoilt)) {
    if (entry.is_buffer || !entry.tensor.is_floating_point()) continue;
    require(
        !entry.tensor.isnan().any().item<bool>(),
        "no rule fills " + entry.name +
            ": give declare_parameter an nn::Init (zeros, where they are meant), or write init_module_weights");
  }
  const auto model = fixture.spec().make_model(fixture.config());
  model->init_weights();
  for (const StateEntry& entry : state_dict(*model)) {
    require(!nn::is_placeholder(entry.tensor), entry.name + " has no memory after init_weights()");
    require(at::isfinite(entry.tensor).all().item<bool>(),
            entry.name + " is not finite after init_weights()");
  }
}

}  // namespace

std::vector<ModelCheck> config_checks() {
  return {
      {"config-round-trip", "a config is the same after writing and reading", round_trip},
      {"config-model-type", "the config says its model type, and make_default() is the default",
       says_model_type},
      {"config-unknown-keys", "keys of config.json that the class does not know are kept",
       keeps_unknown_keys},
      {"config-types", "a text where a number belongs is an error that names the key", checks_types},
      {"constructs-without-memory", "a model that waits for its weights takes no memory for them",
       constructs_without_memory},
      {"initialises-everything", "a rule fills every parameter of a new model, with finite values",
       initialises_everything},
  };
}

}  // namespace modelhost::testing
