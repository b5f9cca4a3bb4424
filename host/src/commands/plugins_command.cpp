// modelhost plugins: what manifests offer, what is loaded, what was refused and why.
#include <cstdio>
#include <iostream>
#include <memory>

#include "commands.h"
#include "error_json.h"
#include "modelhost/base/text.h"
#include "modelhost/host/host.h"
#include "modelhost/host/loader/plugin_manager.h"

namespace modelhost::host {
namespace {

Json entry_json(const PluginEntry& entry) {
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
              {"manifest", entry.manifest.file.string()},
              {"library", entry.library.string()},
              {"models", std::move(models)}};
  if (entry.refusal) out["refusal"] = error_json(*entry.refusal);
  if (!entry.shadowed_by.empty()) out["shadowed_by"] = entry.shadowed_by.string();
  return out;
}

void print_json(const PluginManager& manager) {
  Json out = {{"plugins", Json::array()}, {"directories", Json::array()}};
  for (const PluginEntry& entry : manager.entries()) out["plugins"].push_back(entry_json(entry));
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

void print_entry(const PluginEntry& entry) {
  const std::string id = entry.manifest.id.empty() ? "(unreadable manifest)" : entry.manifest.id;
  std::printf("%-28s %-10s %-10s %s\n", id.c_str(), entry.manifest.version.c_str(),
              std::string(state_name(entry.state)).c_str(), entry.manifest.description.c_str());
  std::printf("    manifest  %s\n", entry.manifest.file.c_str());
  for (const ManifestModel& model : entry.manifest.models) {
    std::printf("    %-9s %s\n", model.model_type.c_str(), join(model.architectures, ", ").c_str());
  }
  if (!entry.shadowed_by.empty()) std::printf("    shadowed by %s\n", entry.shadowed_by.c_str());
  if (entry.refusal) std::printf("%s\n", indented(entry.refusal->what()).c_str());
}

void print_text(const PluginManager& manager) {
  const auto entries = manager.entries();
  for (const PluginEntry& entry : entries) print_entry(entry);
  for (const DirectoryListing& directory : manager.directories()) {
    if (directory.problem) std::printf("%s\n", directory.problem->what());
  }
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
    Host host({{globals.plugin_dirs.begin(), globals.plugin_dirs.end()}, {}});
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
