#include "modelhost/registry/model_registry.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>

#include "modelhost/base/log.h"
#include "modelhost/base/text.h"
#include "modelhost/registry/error_codes.h"

namespace modelhost {
namespace {

// Why a capability cannot be used, as the end of a sentence; "" where it can.
std::string why_not(const CapabilityId& offered, const std::vector<CapabilityId>& known) {
  const auto mine = std::ranges::find(known, offered.name, &CapabilityId::name);
  if (mine == known.end()) return "which is not known here";
  if (*mine == offered) return {};
  if (mine->version != offered.version)
    return "and version " + std::to_string(mine->version) + " is known here";
  return "whose header was another one when it was compiled";
}

}  // namespace

void ModelRegistry::know(CapabilityId capability) {
  const std::unique_lock lock(mutex_);
  known_.push_back(capability);
}

void ModelRegistry::drop_unknown_capabilities(std::vector<ModelSpec>& specs) const {
  std::map<std::string, std::vector<std::string>> dropped;  // sentence -> classes
  for (ModelSpec& spec : specs) {
    std::erase_if(spec.traits.capabilities, [&](const Capability& offered) {
      const std::string why = why_not(offered.id, known_);
      if (why.empty()) return false;
      dropped[spec.provider + " offers the capability " + quote(offered.id.name) + " in version " +
              std::to_string(offered.id.version) + ", " + why]
          .push_back(spec.traits.architecture);
      return true;
    });
  }
  for (const auto& [sentence, classes] : dropped)
    log(LogLevel::kWarning, sentence + ": " + join(classes, ", ") + " will do without it");
}

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
  drop_unknown_capabilities(specs);
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
