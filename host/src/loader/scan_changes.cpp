#include "loader/scan_changes.h"

#include <algorithm>
#include <set>

#include "modelhost/base/log.h"

namespace modelhost::host {
namespace {

std::string name_of(const PluginEntry& entry) {
  if (entry.manifest.id.empty()) return entry.manifest.file.string();
  return entry.manifest.id + " " + entry.manifest.version;
}

// Plugins in one of the states, and for a refused one its reason.
std::set<std::string> names(const std::vector<PluginEntry>& entries,
                            std::initializer_list<PluginState> states) {
  std::set<std::string> names;
  for (const PluginEntry& entry : entries) {
    if (std::ranges::find(states, entry.state) == states.end()) continue;
    std::string name = name_of(entry);
    if (entry.refusal) name += ": " + std::string(entry.refusal->code()) + " " + entry.refusal->message();
    names.insert(std::move(name));
  }
  return names;
}

std::vector<std::string> missing_in(const std::set<std::string>& names, const std::set<std::string>& others) {
  std::vector<std::string> missing;
  std::ranges::set_difference(names, others, std::back_inserter(missing));
  return missing;
}

std::string restart_line(const PluginEntry& entry) {
  std::string line = name_of(entry) + ": " + std::string(change_name(entry.change));
  if (!entry.changed_to.empty()) line += " by " + entry.changed_to;
  return line;
}

}  // namespace

void note_changed_libraries(std::vector<PluginEntry>& entries,
                            const std::map<std::filesystem::path, FileIdentity>& files) {
  for (PluginEntry& entry : entries) {
    if (entry.state != PluginState::kLoaded || entry.change != PluginChange::kNone) continue;
    const auto loaded = files.find(entry.library);
    if (loaded == files.end() || same_content(loaded->second, file_identity(entry.library))) continue;
    entry.change = PluginChange::kReplaced;
    entry.changed_to = "another library of the same version";
  }
}

ScanChanges compare_scans(const std::vector<PluginEntry>& before, const std::vector<PluginEntry>& after) {
  const auto usable = {PluginState::kAvailable, PluginState::kLoaded};
  ScanChanges changes;
  changes.added = missing_in(names(after, usable), names(before, usable));
  changes.removed = missing_in(names(before, usable), names(after, usable));
  changes.refused = missing_in(names(after, {PluginState::kRefused}), names(before, {PluginState::kRefused}));
  for (const PluginEntry& entry : after) {
    if (entry.change != PluginChange::kNone) changes.restart.push_back(restart_line(entry));
  }
  return changes;
}

void log_changes(const ScanChanges& changes) {
  auto each = [](const std::vector<std::string>& lines, LogLevel level, const std::string& before,
                 const std::string& after) {
    for (const std::string& line : lines) log(level, before + line + after);
  };
  each(changes.added, LogLevel::kInfo, "found plugin ", "");
  each(changes.removed, LogLevel::kInfo, "plugin is gone: ", "");
  each(changes.refused, LogLevel::kWarning, "refused plugin ", "");
  each(changes.restart, LogLevel::kWarning, "loaded plugin ", "; it stays as it is until a restart");
}

}  // namespace modelhost::host
