#include "loader/policy.h"

#include <algorithm>
#include <set>

#include "loader/host_settings_keys.h"
#include "loader/sha256.h"
#include "modelhost/base/text.h"
#include "modelhost/host/error_codes.h"

namespace modelhost::host {
namespace {

Error disabled(const std::string& what, const std::string& key, const HostSettings& settings) {
  return Error(codes::kPluginDisabled, what + " is disabled by the host settings")
      .file(settings.file.string())
      .key("disable")
      .got(quote(key));
}

bool is_narrowed(const ModelSpec& spec, const std::string& id, std::string_view flag,
                 const HostSettings& settings) {
  for (const std::string& name : {id, spec.traits.model_type}) {
    const auto flags = settings.narrow.find(name);
    if (flags != settings.narrow.end() && flags->second.contains(std::string(flag))) return true;
  }
  return false;
}

}  // namespace

void refuse_disabled(std::vector<PluginEntry>& entries, const HostSettings& settings) {
  for (PluginEntry& entry : entries) {
    if (entry.state != PluginState::kAvailable && entry.state != PluginState::kLoaded) continue;
    const auto& models = entry.manifest.models;
    const bool by_types = std::ranges::all_of(
        models, [&](const ManifestModel& model) { return is_disabled(model.model_type, settings); });
    if (!by_types && !settings.disable.contains(entry.manifest.id)) continue;
    if (entry.state == PluginState::kLoaded) {
      entry.change = PluginChange::kDisabled;
      continue;
    }
    entry.state = PluginState::kRefused;
    entry.refusal =
        disabled("the plugin", by_types ? models.front().model_type : entry.manifest.id, settings);
  }
}

bool is_disabled(std::string_view model_type, const HostSettings& settings) {
  return settings.disable.contains(model_type);
}

Error disabled_error(std::string_view model_type, const HostSettings& settings) {
  return disabled("the model type", std::string(model_type), settings);
}

void check_pin(const Manifest& manifest, const std::filesystem::path& library, const HostSettings& settings) {
  const auto pin = settings.pin.find(manifest.id);
  if (pin == settings.pin.end()) return;
  const std::string digest = sha256_of_file(library);
  if (digest == pin->second) return;
  throw Error(codes::kPluginPin, std::string(codes::kPluginPin.title))
      .file(library.string())
      .key("pin." + manifest.id)
      .expected(pin->second + ", as " + settings.file.string() + " says")
      .got(digest);
}

void apply_policy(std::vector<ModelSpec>& specs, const std::string& id, const Owners& owners,
                  const HostSettings& settings) {
  std::erase_if(specs, [&](const ModelSpec& spec) {
    const auto owner = owners.find(spec.traits.architecture);
    const bool owned_by_another = owner != owners.end() && owner->second != id;
    return owned_by_another || is_disabled(spec.traits.model_type, settings);
  });
  for (ModelSpec& spec : specs) {
    if (is_narrowed(spec, id, kAssignFlag, settings)) spec.traits.supports_assign_param_buffer = false;
  }
}

std::vector<std::string> misspelt_names(const std::vector<PluginEntry>& entries,
                                        const HostSettings& settings) {
  std::set<std::string> ids, all;
  for (const PluginEntry& entry : entries) {
    ids.insert(entry.manifest.id);
    for (const ManifestModel& model : entry.manifest.models) {
      all.insert(model.model_type);
      all.insert(model.architectures.begin(), model.architectures.end());
    }
  }
  all.insert(ids.begin(), ids.end());
  std::vector<std::string> lines;
  auto check = [&](const std::string& key, const std::string& name, const std::set<std::string>& known) {
    if (known.contains(name)) return;
    const std::string near = nearest_name(name, std::vector<std::string>(known.begin(), known.end()));
    if (near.empty()) return;
    lines.push_back(settings.file.string() + ": " + key + " names " + quote(name) +
                    ", which no plugin here has; did you mean " + near + "?");
  };
  for (const std::string& name : settings.disable) check("disable", name, all);
  for (const auto& [name, id] : settings.prefer) {
    check("prefer", name, all);
    check("prefer." + name, id, ids);
  }
  for (const auto& [id, digest] : settings.pin) check("pin", id, ids);
  for (const auto& [name, flags] : settings.narrow) check("narrow", name, all);
  return lines;
}

}  // namespace modelhost::host
