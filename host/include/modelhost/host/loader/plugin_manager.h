// From a model type to the plugin that offers it.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modelhost/host/loader/host_settings.h"
#include "modelhost/host/loader/manifest.h"
#include "modelhost/host/loader/search_path.h"
#include "modelhost/registry/model_registry.h"

namespace modelhost::host {

enum class PluginState {
  kAvailable,  ///< the manifest is good; the library was not touched yet
  kLoaded,     ///< its architectures are registered
  kRefused,    ///< see PluginEntry::refusal
  kShadowed,   ///< a plugin with the same id came first, see PluginEntry::shadowed_by
};

std::string_view state_name(PluginState state);  ///< "available", "loaded", "refused", "shadowed"

/// What is known of opening a plugin's library in a process of its own.
enum class PluginTrial {
  kUntried,  ///< it was not needed yet
  kPassed,
  kFailed,   ///< see PluginEntry::refusal
  kSkipped,  ///< the settings turn trials off, or the program for them cannot be run
};

std::string_view trial_name(PluginTrial trial);  ///< "untried", "passed", "failed", "skipped"

/// What happened to the files or the settings of a loaded plugin since. It stays as it was loaded; a restart
/// makes the change count.
enum class PluginChange {
  kNone,
  kReplaced,  ///< another version or another library is there now, see PluginEntry::changed_to
  kRemoved,   ///< its manifest is gone
  kDisabled,  ///< the host settings disable it now
};

std::string_view change_name(PluginChange change);  ///< "none", "replaced", "removed", "disabled"

/// One manifest that was found.
struct PluginEntry {
  Manifest manifest;                ///< of a malformed one only `file` is set
  std::filesystem::path directory;  ///< the directory of the search path that it was found in
  PluginOrigin origin = PluginOrigin::kFlag;
  std::filesystem::path library;  ///< absolute; empty where it could not be told
  PluginState state = PluginState::kAvailable;
  std::optional<Error> refusal;
  std::filesystem::path shadowed_by;  ///< a manifest
  PluginTrial trial = PluginTrial::kUntried;
  PluginChange change = PluginChange::kNone;  ///< of a loaded plugin
  std::string changed_to;  ///< id and version that a restart would load, where they are known
};

/// What a rescan found, a line each: id and version, and why.
struct ScanChanges {
  std::vector<std::string> added;    ///< available now, and were not before
  std::vector<std::string> removed;  ///< were available and are not any more
  std::vector<std::string> refused;  ///< refused now, and were not, or for another reason
  std::vector<std::string> restart;  ///< all loaded ones whose change takes a restart
};

/// Finds plugins and loads them when a model type first needs one. A plugin that fails is refused with its
/// reason, and the others go on. A library that was never seen is first opened in a process of its own, so
/// that one that crashes or hangs is refused like any other. Nothing is ever unloaded. Plugins are trusted:
/// their code runs in this process with its rights.
///
/// Safe from any thread; loading is serialised. A plugin's registration must not call the manager.
class PluginManager {
 public:
  /// `registry` must outlive the manager. Call scan() before anything else.
  PluginManager(SearchPath path, ModelRegistry& registry, HostSettings settings = {});

  /// Reads the manifests, and nothing else: no library is opened or read. May be called again to find plugins
  /// that were added; loaded ones stay, refused ones get another chance unless code of theirs already ran.
  void scan();

  /// scan() with another search path and other settings, and what is different since the last one; that is
  /// also logged. What is loaded stays as it is, whatever became of its files or of the settings for it.
  ScanChanges rescan(SearchPath path, HostSettings settings);

  /// Compares the ABI stamp of every plugin that is available with this host's, and its library with the pin
  /// of the settings, and refuses those that do not fit. Reads the files' bytes and runs none of their code;
  /// loading checks again.
  void check_stamps();

  /// Everything that was found, in search order.
  std::vector<PluginEntry> entries() const;
  HostSettings settings() const;
  /// The directories that were searched; those with a `problem` were not used.
  std::vector<DirectoryListing> directories() const;
  /// Sorted; of plugins that are available or loaded, and of classes that the program registered itself.
  std::vector<std::string> model_types() const;

  /// Makes sure that the classes of `model_type` are in the registry, loading every plugin that offers it.
  /// Errors: kNoPlugin (known types, the nearest name, where was searched), kPluginRefused with the stored
  /// reason, kPluginDisabled, kRegistrationConflict when two plugins offer the same architecture and none is
  /// preferred.
  void require_model_type(std::string_view model_type);

  /// Loads one plugin by id. Errors: kNoPlugin; the plugin's refusal itself.
  void load(std::string_view id);

  /// The class for a checkpoint, loading its plugin: `architecture` if given, else the one that config.json
  /// names (see ModelRegistry::for_config). `file` is for messages. Errors: kConfigNoModelType; those of
  /// require_model_type; kNoPlugin when the model type has no such architecture.
  const ModelSpec& require_spec(const Json& config, const std::string& file,
                                const std::optional<std::string>& architecture = std::nullopt);

 private:
  void scan_unlocked();
  void load_entry(PluginEntry& entry);
  void check_unopened(PluginEntry& entry) const;
  void try_entry(PluginEntry& entry) const;
  void refuse(PluginEntry& entry, Error error, bool opened);
  std::vector<std::string> model_types_unlocked() const;
  Error no_plugin(std::string_view model_type) const;

  ModelRegistry& registry_;

  mutable std::mutex mutex_;
  SearchPath path_;
  HostSettings settings_;
  std::vector<DirectoryListing> directories_;
  std::vector<PluginEntry> entries_;
  std::map<std::string, std::string, std::less<>> owners_;  // of architectures that several plugins offer
  std::map<std::filesystem::path, std::array<int64_t, 7>>
      loaded_files_;  // library -> what it was (FileIdentity)
  // Libraries that were refused after their code ran: opening the same name again would give the same old
  // code.
  std::map<std::filesystem::path, Error> spent_libraries_;
};

}  // namespace modelhost::host
