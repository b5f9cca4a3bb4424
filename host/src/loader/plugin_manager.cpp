#include "modelhost/host/loader/plugin_manager.h"

#include <algorithm>
#include <set>

#include "loader/admission.h"
#include "loader/file_identity.h"
#include "loader/plugin_library.h"
#include "loader/plugin_scan.h"
#include "loader/policy.h"
#include "loader/scan_changes.h"
#include "loader/trial.h"
#include "loader/trial_cache.h"
#include "modelhost/base/error_codes.h"
#include "modelhost/base/json.h"
#include "modelhost/base/log.h"
#include "modelhost/base/text.h"
#include "modelhost/host/error_codes.h"
#include "modelhost/registry/error_codes.h"

namespace modelhost::host {
namespace {

bool is_usable(const PluginEntry& entry) {
  return entry.state == PluginState::kAvailable || entry.state == PluginState::kLoaded;
}

// The refusals of all plugins that offer the type; the first one is the headline.
Error refused_error(std::string_view model_type, const std::vector<PluginEntry*>& refused) {
  const Error& first = *refused.front()->refusal;
  if (first.code() == codes::kRegistrationConflict.id) return first;
  Error error(codes::kPluginRefused, "the plugin for model type " + quote(model_type) + " was refused: " +
                                         std::string(first.code()) + " " + first.message());
  error.file(first.file()).line(first.line(), first.column()).key(first.key());
  error.expected(first.expected()).got(first.got()).fix(first.fix());
  if (!first.notes().empty()) error.note(first.notes());
  for (const PluginEntry* entry : refused) {
    error.note("plugin " + entry->manifest.id + ", " + entry->manifest.file.string());
    if (entry != refused.front())
      error.note(std::string(entry->refusal->code()) + " " + entry->refusal->message());
  }
  return error;
}

}  // namespace

PluginManager::PluginManager(SearchPath path, ModelRegistry& registry, HostSettings settings)
    : registry_(registry), path_(std::move(path)), settings_(std::move(settings)) {}

void PluginManager::scan() {
  const std::lock_guard lock(mutex_);
  scan_unlocked();
}

ScanChanges PluginManager::rescan(SearchPath path, HostSettings settings) {
  const std::lock_guard lock(mutex_);
  path_ = std::move(path);
  settings_ = std::move(settings);
  const std::vector<PluginEntry> before = entries_;
  scan_unlocked();
  ScanChanges changes = compare_scans(before, entries_);
  log_changes(changes);
  return changes;
}

void PluginManager::scan_unlocked() {
  directories_ = list_plugin_directories(path_);
  for (const DirectoryListing& directory : directories_) {
    if (directory.problem) log(LogLevel::kWarning, directory.problem->what());
  }
  std::vector<PluginEntry> found = scan_plugins(directories_);
  keep_loaded(entries_, found);
  note_changed_libraries(found, loaded_files_);
  for (PluginEntry& entry : found) {
    const auto spent = spent_libraries_.find(entry.library);
    if (entry.state != PluginState::kAvailable || spent == spent_libraries_.end()) continue;
    entry.state = PluginState::kRefused;
    entry.refusal = spent->second;
  }
  refuse_disabled(found, settings_);
  owners_ = decide_owners(found, settings_, registry_);
  entries_ = std::move(found);
  for (const std::string& line : misspelt_names(entries_, settings_)) log(LogLevel::kWarning, line);
}

void PluginManager::check_stamps() {
  const std::lock_guard lock(mutex_);
  for (PluginEntry& entry : entries_) {
    if (entry.state != PluginState::kAvailable) continue;
    try {
      check_unopened(entry);
    } catch (const Error& error) {
      refuse(entry, error, /*opened=*/false);
    }
  }
}

HostSettings PluginManager::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

std::vector<PluginEntry> PluginManager::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

std::vector<DirectoryListing> PluginManager::directories() const {
  const std::lock_guard lock(mutex_);
  return directories_;
}

std::vector<std::string> PluginManager::model_types() const {
  const std::lock_guard lock(mutex_);
  return model_types_unlocked();
}

std::vector<std::string> PluginManager::model_types_unlocked() const {
  std::set<std::string> types;
  for (const PluginEntry& entry : entries_) {
    if (!is_usable(entry)) continue;
    for (const ManifestModel& model : entry.manifest.models) {
      if (!is_disabled(model.model_type, settings_)) types.insert(model.model_type);
    }
  }
  for (const ModelSpec* spec : registry_.all()) types.insert(spec->traits.model_type);
  return {types.begin(), types.end()};
}

void PluginManager::require_model_type(std::string_view model_type) {
  const std::lock_guard lock(mutex_);
  std::vector<PluginEntry*> refused;
  for (PluginEntry& entry : entries_) {
    if (!offers(entry, model_type) || is_disabled(model_type, settings_)) continue;
    if (owns_nothing(entry.manifest, model_type, owners_)) continue;
    if (entry.state == PluginState::kAvailable) load_entry(entry);
    if (entry.state == PluginState::kRefused) refused.push_back(&entry);
  }
  if (!registry_.of_model_type(model_type).empty()) return;
  if (is_disabled(model_type, settings_)) throw disabled_error(model_type, settings_);
  if (refused.empty()) throw no_plugin(model_type);
  throw refused_error(model_type, refused);
}

void PluginManager::load(std::string_view id) {
  const std::lock_guard lock(mutex_);
  for (PluginEntry& entry : entries_) {
    if (entry.manifest.id != id || entry.state == PluginState::kShadowed) continue;
    if (entry.state == PluginState::kAvailable) load_entry(entry);
    if (entry.refusal) throw Error(*entry.refusal);
    return;
  }
  std::vector<std::string> known;
  for (const PluginEntry& entry : entries_) known.push_back(entry.manifest.id);
  Error error(codes::kNoPlugin, "no plugin has the id " + quote(id));
  const std::string nearest = nearest_name(id, known);
  if (!nearest.empty()) error.fix("did you mean " + nearest + "?");
  throw error;
}

const ModelSpec& PluginManager::require_spec(const Json& config, const std::string& file,
                                             const std::optional<std::string>& architecture) {
  const auto type = config.find("model_type");
  if (type == config.end() || !type->is_string() || type->get_ref<const std::string&>().empty()) {
    throw Error(codes::kConfigNoModelType, std::string(codes::kConfigNoModelType.title))
        .file(file)
        .key("model_type")
        .expected("a text")
        .got(type == config.end() ? "no such key" : describe_json(*type))
        .fix("add the model type, as in the config.json that transformers saves");
  }
  const auto& model_type = type->get_ref<const std::string&>();
  try {
    require_model_type(model_type);
  } catch (Error& error) {
    if (error.file().empty()) error.file(file);
    throw;
  }
  const ModelSpec* spec = architecture ? registry_.find(*architecture) : registry_.for_config(config);
  if (spec && spec->traits.model_type == model_type) return *spec;
  std::vector<std::string> known;
  for (const ModelSpec* other : registry_.of_model_type(model_type))
    known.push_back(other->traits.architecture);
  throw Error(codes::kNoPlugin, "model type " + quote(model_type) + " has no such architecture")
      .file(file)
      .key("architectures")
      .expected("one of " + join(known, ", "))
      .got(quote(architecture.value_or("")));
}

// The gates that need none of the plugin's code.
void PluginManager::check_unopened(PluginEntry& entry) const {
  check_pin(entry.manifest, entry.library, settings_);
  check_stamp(entry.library);
  if (!settings_.trial.enabled) {
    entry.trial = PluginTrial::kSkipped;
    return;
  }
  const auto known = cached_verdict(entry.library, settings_.trial.seconds);
  if (!known) return;
  entry.trial = known->refusal ? PluginTrial::kFailed : PluginTrial::kPassed;
  if (known->refusal) throw Error(*known->refusal);
}

// In a process of its own, unless that was done before.
void PluginManager::try_entry(PluginEntry& entry) const {
  if (!settings_.trial.enabled) return;
  const auto verdict = try_plugin(entry.manifest, entry.library, settings_.trial.seconds);
  entry.trial = !verdict           ? PluginTrial::kSkipped
                : verdict->refusal ? PluginTrial::kFailed
                                   : PluginTrial::kPassed;
  if (!verdict) return;
  if (verdict->refusal) throw Error(*verdict->refusal);
  // Another host of this process may have opened it: then the operators are its own.
  if (!is_library_open(entry.library)) check_no_conflict(verdict->torch);
}

// Whatever goes wrong stays with the entry: the host goes on with the other plugins.
void PluginManager::load_entry(PluginEntry& entry) {
  bool opened = false;
  try {
    const FileIdentity checked = file_identity(entry.library);
    check_unopened(entry);
    try_entry(entry);
    const PluginDescriptor& descriptor = open_plugin(entry.manifest, entry.library, checked, opened);
    std::vector<ModelSpec> specs = register_plugin(entry.manifest, descriptor);
    apply_policy(specs, entry.manifest.id, owners_, settings_);
    registry_.add(std::move(specs));
    entry.state = PluginState::kLoaded;
    loaded_files_.insert_or_assign(entry.library, checked);
    log(LogLevel::kInfo, "loaded plugin " + entry.manifest.id + " " + entry.manifest.version + " from " +
                             entry.library.string());
  } catch (const Error& error) {
    refuse(entry, error, opened);
  } catch (const std::exception& error) {
    refuse(entry, Error(codes::kPluginOpen, std::string("plugin could not be loaded: ") + error.what()),
           opened);
  }
}

void PluginManager::refuse(PluginEntry& entry, Error error, bool opened) {
  if (error.file().empty()) error.file(entry.manifest.file.string());
  if (opened) {
    error.note("its code ran already: a repaired file is used after a restart");
    spent_libraries_.insert_or_assign(entry.library, error);
  }
  log(LogLevel::kWarning, "refused plugin " + entry.manifest.id + ": " + error.what());
  entry.state = PluginState::kRefused;
  entry.refusal = std::move(error);
}

Error PluginManager::no_plugin(std::string_view model_type) const {
  const std::vector<std::string> known = model_types_unlocked();
  Error error(codes::kNoPlugin, "no plugin offers the model type " + quote(model_type));
  error.key("model_type")
      .expected(known.empty() ? "a plugin; none was found" : "one of " + join(known, ", "));
  error.got(quote(model_type));
  for (const DirectoryListing& directory : directories_) {
    error.note("searched " + directory.path.string() + (directory.problem ? " (not usable)" : ""));
  }
  const auto refused = std::ranges::count(entries_, PluginState::kRefused, &PluginEntry::state);
  if (refused > 0)
    error.note(std::to_string(refused) + " plugins were refused; one of them may be the right one");
  const std::string nearest = nearest_name(model_type, known);
  return error.fix(nearest.empty() ? "install a plugin for it and name its folder with --plugin-dir or "
                                     "MODELHOST_PLUGIN_PATH"
                                   : "did you mean " + nearest + "? Otherwise install a plugin for it");
}

}  // namespace modelhost::host
