// Where all known architectures stand.
#pragma once

#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "modelhost/registry/model_spec.h"

namespace modelhost {

/// Maps architecture names to specs. Specs are only ever added, so a pointer to one stays valid as long as
/// the registry. Safe from any thread.
class ModelRegistry {
 public:
  /// Says that this program can use a capability that is not the SDK's. Before add() of what offers it.
  void know(CapabilityId capability);

  /// Adds all of `specs` or, if one of the names is taken, none. A capability that is not known, or known
  /// with other numbers, is taken out of its class, with one warning a provider and capability: the class
  /// does the rest. Errors: kRegistrationConflict naming both providers.
  void add(std::vector<ModelSpec> specs);

  /// nullptr when unknown.
  const ModelSpec* find(std::string_view architecture) const;

  /// The specs of a model type in registration order. The first one is the base model by convention: it is
  /// used when a config names no architecture.
  std::vector<const ModelSpec*> of_model_type(std::string_view model_type) const;

  /// The class for a checkpoint: the first of config.json's `architectures` that is registered for its
  /// `model_type`, else the base model of that type. nullptr when the type is unknown.
  const ModelSpec* for_config(const Json& config) const;

  std::vector<const ModelSpec*> all() const;

 private:
  const ModelSpec* find_unlocked(std::string_view architecture) const;
  void drop_unknown_capabilities(std::vector<ModelSpec>& specs) const;

  mutable std::shared_mutex mutex_;
  std::vector<std::unique_ptr<const ModelSpec>> specs_;
  std::vector<CapabilityId> known_;
};

}  // namespace modelhost
