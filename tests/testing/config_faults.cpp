#include <ATen/ops/ones.h>

#include "model_faults.h"

namespace modelhost::testing {
namespace {

struct CountingConfig : CompleteConfig {
  int64_t visits = 0;
  std::unique_ptr<PretrainedConfig> make_default() const override {
    return std::make_unique<CountingConfig>();
  }
  void fields(ConfigFields& f) override {
    CompleteConfig::fields(f);
    f("visits", ++visits);
  }
};

struct ConfigOfAnotherType : CompleteConfig {
  std::string_view type() const override { return "another"; }
  std::unique_ptr<PretrainedConfig> make_default() const override {
    return std::make_unique<ConfigOfAnotherType>();
  }
};

struct ConfigWithAnotherDefault : CompleteConfig {
  ConfigWithAnotherDefault() { vocab_size = 12; }
};

struct ForgetfulConfig : CompleteConfig {
  std::unique_ptr<PretrainedConfig> make_default() const override {
    return std::make_unique<ForgetfulConfig>();
  }
  void fields(ConfigFields& f) override {
    CompleteConfig::fields(f);
    Json nobodys;
    if (f.reading()) f("a_key_that_nobody_knows", nobodys);
  }
};

struct UncheckedConfig : CompleteConfig {
  Json rate = 0.1;
  std::unique_ptr<PretrainedConfig> make_default() const override {
    return std::make_unique<UncheckedConfig>();
  }
  void fields(ConfigFields& f) override {
    CompleteConfig::fields(f);
    f("rate", rate);
  }
};

template <typename Config>
Alteration config_is() {
  return {.make_config = [] { return std::make_shared<Config>(); }};
}

Alteration also_ties(const std::string& key) {
  return {.traits = [key](ModelTraits& traits) { traits.tied_weights_keys.push_back(key); }};
}

// A parameter where the backbone is, which the backbone's own class does not have.
void add_to_backbone(PreTrainedModel& model) {
  model.named_children()["model"]->register_parameter("extra", nn::make_placeholder({3}, at::kFloat));
}

void add_module_with_prefix(PreTrainedModel& model) {
  model.register_module("model", nn::LayerNorm(3, 1e-5).ptr());
}

}  // namespace

std::vector<Fault> config_faults() {
  return {
      {"config-round-trip", "a field changes when it is looked at", kBackbone, config_is<CountingConfig>()},
      {"config-model-type", "type() is another", kBackbone, config_is<ConfigOfAnotherType>()},
      {"config-model-type", "make_default() is of the base class", kBackbone,
       config_is<ConfigWithAnotherDefault>()},
      {"config-unknown-keys", "a key is read and not written", kBackbone, config_is<ForgetfulConfig>()},
      {"config-types", "a number is read unchecked", kBackbone, config_is<UncheckedConfig>()},
      {"parameter-names", "the head adds a parameter to its backbone", kMaskedLM, {.built = add_to_backbone}},
      {"base-into-head", "the head adds a parameter to its backbone", kMaskedLM, {.built = add_to_backbone}},
      {"parameter-names",
       "a module of the backbone has the name of the backbone",
       kBackbone,
       {.built = add_module_with_prefix}},
      {"declared-keys", "a tied key is misspelt", kMaskedLM, also_ties("lm_hed.weight")},
      {"declared-keys", "a tied key is no regular expression", kMaskedLM, also_ties("lm_head.(")},
      {"declared-keys",
       "a key that may be unexpected is no regular expression",
       kBackbone,
       {.traits = [](ModelTraits& traits) { traits.keys_to_ignore_on_load_unexpected = {"("}; }}},
      {"declared-keys",
       "a key that is not saved is misspelt",
       kBackbone,
       {.traits = [](ModelTraits& traits) { traits.keys_to_ignore_on_save = {"scael"}; }}},
      {"declared-keys",
       "a module that is kept in float32 is misspelt",
       kBackbone,
       {.traits = [](ModelTraits& traits) { traits.keep_in_fp32_modules = {"nrom"}; }}},
      {"constructs-without-memory",
       "the constructor fills a parameter",
       kBackbone,
       {.built = [](PreTrainedModel& model) { model.register_parameter("own", at::ones({3})); }},
       Verdict::kWarn},
  };
}

}  // namespace modelhost::testing
