#include "modelhost/registry/model_spec.h"

#include <cxxabi.h>

#include <cstdlib>

#include "modelhost/base/error_codes.h"

namespace modelhost {

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
    model->tie_weights();
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
