#include "modelhost/registry/model_registry.h"

#include <mutex>

#include "modelhost/registry/error_codes.h"

namespace modelhost {

const ModelSpec* ModelRegistry::find_unlocked(std::string_view architecture) const {
  for (const auto& spec : specs_) {
    if (spec->traits.architecture == architecture) return spec.get();
  }
  return nullptr;
}

void ModelRegistry::add(std::vector<ModelSpec> specs) {
  const std::unique_lock lock(mutex_);
  for (const ModelSpec& spec : specs) {
    const ModelSpec* taken = find_unlocked(spec.traits.architecture);
    if (!taken) continue;
    throw Error(codes::kRegistrationConflict, "architecture is already taken by another plugin")
        .key(spec.traits.architecture)
        .expected("provided by " + taken->provider)
        .got("offered again by " + spec.provider)
        .fix("remove one of the two plugins from the search path");
  }
  for (ModelSpec& spec : specs) specs_.push_back(std::make_unique<const ModelSpec>(std::move(spec)));
}

const ModelSpec* ModelRegistry::find(std::string_view architecture) const {
  const std::shared_lock lock(mutex_);
  return find_unlocked(architecture);
}

std::vector<const ModelSpec*> ModelRegistry::of_model_type(std::string_view model_type) const {
  const std::shared_lock lock(mutex_);
  std::vector<const ModelSpec*> found;
  for (const auto& spec : specs_) {
    if (spec->traits.model_type == model_type) found.push_back(spec.get());
  }
  return found;
}

const ModelSpec* ModelRegistry::for_config(const Json& config) const {
  const auto type = config.find("model_type");
  if (type == config.end() || !type->is_string()) return nullptr;
  const std::vector<const ModelSpec*> candidates = of_model_type(type->get<std::string>());
  const auto names = config.find("architectures");
  if (names != config.end() && names->is_array()) {
    for (const Json& name : *names) {
      for (const ModelSpec* spec : candidates) {
        if (name.is_string() && spec->traits.architecture == name.get_ref<const std::string&>()) return spec;
      }
    }
  }
  return candidates.empty() ? nullptr : candidates.front();
}

std::vector<const ModelSpec*> ModelRegistry::all() const {
  const std::shared_lock lock(mutex_);
  std::vector<const ModelSpec*> found;
  for (const auto& spec : specs_) found.push_back(spec.get());
  return found;
}

}  // namespace modelhost
