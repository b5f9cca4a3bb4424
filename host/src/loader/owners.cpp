// Deciding between plugins that offer the same architecture.
#include <algorithm>

#include "loader/policy.h"
#include "modelhost/base/text.h"
#include "modelhost/registry/error_codes.h"

namespace modelhost::host {
namespace {

struct Offer {
  PluginEntry* entry;
  const std::string* model_type;
};
using Offers = std::map<std::string, std::vector<Offer>>;

Offers offers_by_architecture(std::vector<PluginEntry>& entries, const HostSettings& settings) {
  Offers offers;
  for (PluginEntry& entry : entries) {
    if (entry.state != PluginState::kAvailable && entry.state != PluginState::kLoaded) continue;
    for (const ManifestModel& model : entry.manifest.models) {
      if (is_disabled(model.model_type, settings)) continue;
      for (const std::string& architecture : model.architectures)
        offers[architecture].push_back({&entry, &model.model_type});
    }
  }
  return offers;
}

bool is_preferred(const Offer& offer, const std::string& architecture, const HostSettings& settings) {
  auto preferred = settings.prefer.find(architecture);
  if (preferred == settings.prefer.end()) preferred = settings.prefer.find(*offer.model_type);
  return preferred != settings.prefer.end() && preferred->second == offer.entry->manifest.id;
}

Error conflict_error(const std::string& architecture, const std::vector<Offer>& offers,
                     const std::string& registered_by) {
  Error error(codes::kRegistrationConflict, "several plugins offer the same architecture");
  std::vector<std::string> ids;
  for (const Offer& offer : offers) {
    const Manifest& manifest = offer.entry->manifest;
    ids.push_back(manifest.id);
    error.note("offered by " + manifest.id + ", " + manifest.file.string() +
               (manifest.id == registered_by ? ", which is loaded and stays so until a restart" : ""));
  }
  return error.key(architecture)
      .fix("put `prefer: {" + architecture + ": ID}` into the host settings, with ID one of " +
           join(ids, ", ") + "; or remove the others from the search path");
}

// The offer that counts; nullptr when nobody said which, or when it comes too late: what is registered stays.
const Offer* decide(const std::string& architecture, const std::vector<Offer>& offers,
                    const HostSettings& settings, const std::string& registered_by) {
  const auto preferred = std::ranges::find_if(
      offers, [&](const Offer& offer) { return is_preferred(offer, architecture, settings); });
  if (preferred == offers.end()) return nullptr;
  const bool is_free = registered_by.empty() && preferred->entry->state != PluginState::kLoaded;
  return is_free || registered_by == preferred->entry->manifest.id ? &*preferred : nullptr;
}

}  // namespace

Owners decide_owners(std::vector<PluginEntry>& entries, const HostSettings& settings,
                     const ModelRegistry& registry) {
  Owners owners;
  for (auto& [architecture, offers] : offers_by_architecture(entries, settings)) {
    if (offers.size() < 2) continue;
    const ModelSpec* registered = registry.find(architecture);
    const std::string registered_by = registered ? registered->provider : "";
    if (const Offer* owner = decide(architecture, offers, settings, registered_by)) {
      owners[architecture] = owner->entry->manifest.id;
      continue;
    }
    const Error error = conflict_error(architecture, offers, registered_by);
    for (const Offer& offer : offers) {
      if (offer.entry->state == PluginState::kLoaded) continue;
      offer.entry->state = PluginState::kRefused;
      offer.entry->refusal = error;
    }
  }
  return owners;
}

bool owns_nothing(const Manifest& manifest, std::string_view model_type, const Owners& owners) {
  for (const ManifestModel& model : manifest.models) {
    if (model.model_type != model_type) continue;
    return std::ranges::all_of(model.architectures, [&](const std::string& architecture) {
      const auto owner = owners.find(architecture);
      return owner != owners.end() && owner->second != manifest.id;
    });
  }
  return false;
}

}  // namespace modelhost::host
