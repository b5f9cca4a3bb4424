#include "loader/plugin_scan.h"

#include <algorithm>

#include "modelhost/host/error_codes.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

void check_place(const PluginEntry& entry) {
  if (entry.origin == PluginOrigin::kFlag) return;
  check_not_world_writable(entry.manifest.file.parent_path());
  check_not_world_writable(entry.manifest.file);
}

// Id and models are kept of a plugin that is refused for its place, SDK range or library: a later lookup can
// then say that the model type has a plugin, and what is wrong with it.
PluginEntry read_entry(const DirectoryListing& directory, const fs::path& file) {
  PluginEntry entry;
  entry.manifest.file = file;
  entry.directory = directory.path;
  entry.origin = directory.origin;
  try {
    entry.manifest = read_manifest(file);
    check_place(entry);
    check_sdk_range(entry.manifest);
    entry.library = resolve_library(entry.manifest);
    if (entry.origin != PluginOrigin::kFlag) check_not_world_writable(entry.library);
  } catch (const Error& error) {
    entry.state = PluginState::kRefused;
    entry.refusal = error;
  }
  return entry;
}

void refuse_duplicate(PluginEntry& entry, const PluginEntry& other) {
  entry.state = PluginState::kRefused;
  entry.refusal = Error(codes::kPluginDuplicateId, std::string(codes::kPluginDuplicateId.title))
                      .file(entry.manifest.file.string())
                      .key(entry.manifest.id)
                      .note("also in " + other.manifest.file.string())
                      .fix("remove one of the two");
}

void shadow(PluginEntry& entry, const PluginEntry& first) {
  entry.state = PluginState::kShadowed;
  entry.refusal.reset();
  entry.shadowed_by = first.manifest.file;
}

// Not what everybody could have put there to push another plugin aside.
bool can_shadow(const PluginEntry& entry) {
  const bool unsafe = entry.refusal && entry.refusal->code() == codes::kPluginUnsafeDirectory.id;
  return entry.state != PluginState::kShadowed && !unsafe;
}

// Broken entries count: a plugin that is found but broken must be reported, not silently replaced by another
// copy.
void resolve_ids(std::vector<PluginEntry>& entries) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    PluginEntry& later = entries[i];
    if (later.manifest.id.empty()) continue;
    for (std::size_t j = 0; j < i; ++j) {
      PluginEntry& first = entries[j];
      if (first.manifest.id != later.manifest.id || !can_shadow(first)) continue;
      if (first.directory == later.directory) {
        refuse_duplicate(later, first);
        refuse_duplicate(first, later);
      } else {
        shadow(later, first);
      }
      break;
    }
  }
}

// `now` is what a restart would find in place of the loaded plugin. An earlier find stands.
void note_change(PluginEntry& loaded, const PluginEntry& now) {
  if (loaded.change == PluginChange::kReplaced) return;
  const bool same = now.manifest.id == loaded.manifest.id &&
                    now.manifest.version == loaded.manifest.version && now.library == loaded.library;
  loaded.change = same ? PluginChange::kNone : PluginChange::kReplaced;
  loaded.changed_to = same || now.manifest.id.empty() ? "" : now.manifest.id + " " + now.manifest.version;
}

}  // namespace

std::vector<PluginEntry> scan_plugins(const std::vector<DirectoryListing>& directories) {
  std::vector<PluginEntry> entries;
  for (const DirectoryListing& directory : directories) {
    for (const fs::path& file : directory.manifests) entries.push_back(read_entry(directory, file));
  }
  resolve_ids(entries);
  return entries;
}

void keep_loaded(const std::vector<PluginEntry>& before, std::vector<PluginEntry>& entries) {
  for (const PluginEntry& loaded : before) {
    if (loaded.state != PluginState::kLoaded) continue;
    PluginEntry kept = loaded;
    kept.change = PluginChange::kRemoved;
    kept.changed_to.clear();
    PluginEntry* place = nullptr;
    for (PluginEntry& entry : entries) {
      if (entry.manifest.file == loaded.manifest.file) {
        place = &entry;
        note_change(kept, entry);
      } else if (entry.manifest.id == loaded.manifest.id) {
        if (!place && !entry.refusal) note_change(kept, entry);  // it comes first, now
        shadow(entry, loaded);
      }
    }
    if (place) {
      *place = std::move(kept);
    } else {
      entries.push_back(std::move(kept));
    }
  }
}

bool offers(const PluginEntry& entry, std::string_view model_type) {
  return std::ranges::any_of(entry.manifest.models,
                             [&](const ManifestModel& model) { return model.model_type == model_type; });
}

}  // namespace modelhost::host
