// modelhost plugins: what manifests offer, what is loaded, what was refused and why.
#include <cstdio>
#include <iostream>
#include <memory>

#include "commands.h"
#include "error_json.h"
#include "host_options.h"
#include "modelhost/base/text.h"
#include "modelhost/host/host.h"
#include "modelhost/host/loader/plugin_manager.h"

namespace modelhost::host {
namespace {

// What the settings say about one plugin.
Json policy_json(const PluginEntry& entry, const HostSettings& settings) {
  Json policy = Json::object();
  const auto pin = settings.pin.find(entry.manifest.id);
  if (pin != settings.pin.end()) policy["pinned"] = pin->second;
  std::vector<std::string> names = {entry.manifest.id};
  for (const ManifestModel& model : entry.manifest.models) {
    names.push_back(model.model_type);
    if (settings.disable.contains(model.model_type)) policy["disabled"].push_back(model.model_type);
  }
  for (const std::string& name : names) {
    const auto flags = settings.narrow.find(name);
    if (flags != settings.narrow.end()) policy["narrowed"][name] = flags->second;
  }
  for (const auto& [name, id] : settings.prefer) {
    if (id == entry.manifest.id) policy["preferred_for"].push_back(name);
  }
  return policy;
}

Json entry_json(const PluginEntry& entry, const HostSettings& settings) {
  Json models = Json::array();
  for (const ManifestModel& model : entry.manifest.models) {
    models.push_back({{"model_type", model.model_type},
                      {"config_class", model.config_class},
                      {"base_model_prefix", model.base_model_prefix},
                      {"_supports_assign_param_buffer", model.supports_assign_param_buffer},
                      {"architectures", model.architectures}});
  }
  Json out = {{"id", entry.manifest.id},
              {"version", entry.manifest.version},
              {"description", entry.manifest.description},
              {"license", entry.manifest.license},
              {"state", state_name(entry.state)},
              {"trial", trial_name(entry.trial)},
              {"manifest", entry.manifest.file.string()},
              {"library", entry.library.string()},
              {"models", std::move(models)}};
  if (Json policy = policy_json(entry, settings); !policy.empty()) out["policy"] = std::move(policy);
  if (entry.change != PluginChange::kNone) out["change"] = change_name(entry.change);
  if (!entry.changed_to.empty()) out["changed_to"] = entry.changed_to;
  if (entry.refusal) out["refusal"] = error_json(*entry.refusal);
  if (!entry.shadowed_by.empty()) out["shadowed_by"] = entry.shadowed_by.string();
  return out;
}

Json settings_json(const HostSettings& settings) {
  Json out = {{"trial", {{"enabled", settings.trial.enabled}, {"seconds", settings.trial.seconds}}}};
  if (!settings.file.empty()) out["file"] = settings.file.string();
  return out;
}

void print_json(const PluginManager& manager) {
  const HostSettings settings = manager.settings();
  Json out = {
      {"plugins", Json::array()}, {"directories", Json::array()}, {"settings", settings_json(settings)}};
  for (const PluginEntry& entry : manager.entries()) out["plugins"].push_back(entry_json(entry, settings));
  for (const DirectoryListing& directory : manager.directories()) {
    Json one = {{"path", directory.path.string()}, {"origin", origin_name(directory.origin)}};
    if (directory.problem) one["problem"] = error_json(*directory.problem);
    out["directories"].push_back(std::move(one));
  }
  std::cout << out.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

std::string indented(std::string text) {
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
    text.insert(at + 1, "    ");
  }
  return "    " + text;
}

void print_entry(const PluginEntry& entry, const HostSettings& settings) {
  const std::string id = entry.manifest.id.empty() ? "(unreadable manifest)" : entry.manifest.id;
  std::printf("%-28s %-10s %-10s %s\n", id.c_str(), entry.manifest.version.c_str(),
              std::string(state_name(entry.state)).c_str(), entry.manifest.description.c_str());
  std::printf("    manifest  %s\n", entry.manifest.file.c_str());
  for (const ManifestModel& model : entry.manifest.models) {
    std::printf("    %-9s %s\n", model.model_type.c_str(), join(model.architectures, ", ").c_str());
  }
  if (entry.trial != PluginTrial::kUntried)
    std::printf("    trial     %s\n", std::string(trial_name(entry.trial)).c_str());
  if (entry.change != PluginChange::kNone) {
    std::printf("    change    %s %s; it counts after a restart\n",
                std::string(change_name(entry.change)).c_str(), entry.changed_to.c_str());
  }
  const Json policy = policy_json(entry, settings);
  for (const auto& [what, value] : policy.items())
    std::printf("    settings: %s %s\n", what.c_str(), value.dump().c_str());
  if (!entry.shadowed_by.empty()) std::printf("    shadowed by %s\n", entry.shadowed_by.c_str());
  if (entry.refusal) std::printf("%s\n", indented(entry.refusal->what()).c_str());
}

void print_text(const PluginManager& manager) {
  const auto entries = manager.entries();
  const HostSettings settings = manager.settings();
  for (const PluginEntry& entry : entries) print_entry(entry, settings);
  for (const DirectoryListing& directory : manager.directories()) {
    if (directory.problem) std::printf("%s\n", directory.problem->what());
  }
  if (!settings.file.empty()) std::printf("settings: %s\n", settings.file.c_str());
  if (!entries.empty()) return;
  std::printf("no plugins found; searched:\n");
  for (const DirectoryListing& directory : manager.directories()) {
    std::printf("    %s (%s)\n", directory.path.c_str(), std::string(origin_name(directory.origin)).c_str());
  }
}

void load_all(PluginManager& manager) {
  for (const PluginEntry& entry : manager.entries()) {
    if (entry.state != PluginState::kAvailable) continue;
    try {
      manager.load(entry.manifest.id);
    } catch (const Error&) {
      // stored as the entry's refusal, shown with the rest
    }
  }
}

}  // namespace

void add_plugins_command(CLI::App& app, const GlobalOptions& globals) {
  struct Arguments {
    bool json = false, load = false;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("plugins", "List plugins: what they offer, which were refused and why");
  command->add_flag("--json", arguments->json, "Print JSON");
  command->add_flag("--load", arguments->load,
                    "Also load every plugin; without it only manifests and ABI stamps are read");
  command->callback([arguments, &globals] {
    Host host(host_options(globals));
    host.plugins().check_stamps();
    if (arguments->load) load_all(host.plugins());
    if (arguments->json) {
      print_json(host.plugins());
    } else {
      print_text(host.plugins());
    }
  });
}

}  // namespace modelhost::host
