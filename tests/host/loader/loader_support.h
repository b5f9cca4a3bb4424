// A plugin manager over directories named by flags, and the tiny plugin in places of the test's own.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "modelhost/base/log.h"
#include "modelhost/host/loader/plugin_manager.h"
#include "support/error_of.h"
#include "support/paths.h"
#include "support/temp_dir.h"

namespace modelhost::test {

inline const std::string kTinyId = "org.modelhost.tests.tiny";
inline const std::filesystem::path kTiny = build_path("tests/plugins/tiny");

/// Settings without trials: what is opened is opened here, at once.
inline host::HostSettings without_trial(host::HostSettings settings = {}) {
  settings.trial.enabled = false;
  return settings;
}

inline host::SearchPath flag_path(const std::vector<std::filesystem::path>& directories) {
  host::SearchPath path;
  for (const auto& directory : directories) path.push_back({directory, host::PluginOrigin::kFlag});
  return path;
}

/// A manager that was scanned. Its log is kept, not printed.
struct LoaderHost {
  explicit LoaderHost(const std::vector<std::filesystem::path>& directories, host::HostSettings settings = {},
                      bool trial = false)
      : manager(flag_path(directories), registry, trial ? settings : without_trial(std::move(settings))) {
    set_log_sink([kept = warnings_](LogLevel level, std::string_view message) {
      if (level == LogLevel::kWarning) kept->emplace_back(message);
    });
    manager.scan();
  }
  LoaderHost(const LoaderHost&) = delete;
  LoaderHost& operator=(const LoaderHost&) = delete;
  ~LoaderHost() { set_log_sink({}); }

  std::string state(std::size_t entry) const {
    return std::string(host::state_name(manager.entries().at(entry).state));
  }
  std::string refusal(std::size_t entry) const {
    return std::string(manager.entries().at(entry).refusal.value().code());
  }
  const std::vector<std::string>& warnings() const { return *warnings_; }

  ModelRegistry registry;
  host::PluginManager manager;

 private:
  std::shared_ptr<std::vector<std::string>> warnings_ = std::make_shared<std::vector<std::string>>();
};

/// Copies the tiny plugin with a changed manifest.
inline void copy_tiny(const std::filesystem::path& to, const std::string& what = "",
                      const std::string& with = "") {
  std::filesystem::create_directories(to);
  std::filesystem::remove(to / "libtiny.so");  // never write into a library that may be open
  std::filesystem::copy_file(kTiny / "libtiny.so", to / "libtiny.so");
  std::string text = read_bytes(kTiny / "tiny.plugin.yaml");
  if (!what.empty()) text.replace(text.find(what), what.size(), with);
  std::ofstream(to / "tiny.plugin.yaml") << text;
}

}  // namespace modelhost::test
