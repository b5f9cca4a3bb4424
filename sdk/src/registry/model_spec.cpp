#include "modelhost/registry/model_spec.h"

#include <cxxabi.h>

#include <cstdlib>

#include "modelhost/base/error_codes.h"
#include "modelhost/model/surgery.h"
#include "modelhost/model/training.h"

namespace modelhost {

namespace {

// Old config files ask for gradient checkpointing; transformers does as they say and forgets the key.
void enable_checkpointing_of_config(PreTrainedModel& model) {
  Json& extra = model.config().extra;
  const auto wanted = extra.find("gradient_checkpointing");
  if (wanted == extra.end() || *wanted != true || !supports_gradient_checkpointing(model)) return;
  extra.erase(wanted);
  gradient_checkpointing_enable(model);
}

}  // namespace

std::shared_ptr<PretrainedConfig> ModelSpec::config_from(const Json& object, const std::string& file) const {
  auto config = make_config();
  config->read(object, file);
  return config;
}

std::shared_ptr<PreTrainedModel> ModelSpec::make_model(std::shared_ptr<PretrainedConfig> config) const {
  try {
    auto model = construct(std::move(config));
    if (!model) {
      throw Error(codes::kModelBuild, traits.architecture + " cannot be built from this config")
          .expected("a " + traits.config_class);
    }
    model->set_traits(traits);
    prune_heads_of_config(*model);
    model->tie_weights();
    enable_checkpointing_of_config(*model);
    return model;
  } catch (const Error&) {
    throw;
  } catch (const c10::Error& error) {
    throw Error(codes::kModelBuild,
                traits.architecture + " cannot be built: " + error.what_without_backtrace());
  } catch (const std::exception& error) {
    throw Error(codes::kModelBuild, traits.architecture + " cannot be built: " + error.what());
  }
}

std::string class_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> demangled(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free);
  std::string name = status == 0 ? demangled.get() : type.name();
  const auto colon = name.rfind("::");
  return colon == std::string::npos ? name : name.substr(colon + 2);
}

}  // namespace modelhost
