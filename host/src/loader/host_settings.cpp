#include "modelhost/host/loader/host_settings.h"

#include "loader/host_settings_keys.h"
#include "loader/user_directories.h"
#include "modelhost/base/text.h"
#include "modelhost/host/loader/name_forms.h"
#include "modelhost/host/loader/search_path.h"
#include "modelhost/host/yaml/yaml_reader.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSha256Digits = 64;

std::string plugin_id(const YamlValue& value) {
  const std::string text = value.text();
  if (!is_plugin_id(text)) throw value.wrong("a plugin id such as org.example.foo");
  return text;
}

// A key that names a plugin or what plugins offer. The settings may speak of plugins that are not installed.
const std::string& named(const std::string& key, const YamlValue& value) {
  if (!is_model_type(key) && !is_class_name(key))
    throw value.unusable("the key " + quote(key) +
                         " is neither a plugin id nor a model type or architecture");
  return key;
}

std::string sha256(const YamlValue& value) {
  // Sixty-four decimal digits without quotes are a number for YAML, and a digest all the same.
  std::string text = value.node().kind == YamlNode::Kind::kScalar ? value.node().text : value.text();
  for (char& c : text) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  const bool hex = text.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (text.size() != kSha256Digits || !hex)
    throw value.wrong("a SHA-256 of 64 hexadecimal digits, as sha256sum prints it");
  return text;
}

std::set<std::string> narrowed_flags(const YamlValue& value) {
  const YamlMap map = value.map(kNarrowFlags);
  std::set<std::string> flags;
  for (const std::string_view flag : kNarrowFlags) {
    const auto given = map.find(flag);
    if (!given) continue;
    if (given->boolean())
      throw given->wrong("false").fix("settings can only turn a flag off: what a plugin cannot do, stays so");
    flags.emplace(flag);
  }
  return flags;
}

void read_names(const YamlMap& map, HostSettings& settings) {
  if (auto value = map.find("disable")) {
    for (const YamlValue& item : value->list()) settings.disable.insert(named(item.text(), item));
  }
  if (auto value = map.find("prefer")) {
    for (const auto& [key, id] : value->entries()) settings.prefer[named(key, id)] = plugin_id(id);
  }
  if (auto value = map.find("pin")) {
    for (const auto& [key, digest] : value->entries()) {
      if (!is_plugin_id(key)) throw digest.unusable("the key " + quote(key) + " is no plugin id");
      settings.pin[key] = sha256(digest);
    }
  }
  if (auto value = map.find("narrow")) {
    for (const auto& [key, flags] : value->entries())
      settings.narrow[named(key, flags)] = narrowed_flags(flags);
  }
}

fs::path settings_of_user() {
  const fs::path config = user_directory("XDG_CONFIG_HOME", ".config");
  return config.empty() ? fs::path() : config / "modelhost/host.yaml";
}

}  // namespace

HostSettings load_host_settings(const fs::path& path) {
  HostSettings settings;
  settings.file = fs::absolute(path).lexically_normal();
  const YamlNode root = parse_yaml_file(path, kSettingsYaml);
  const YamlMap map = YamlValue(root, "", kSettingsYaml).map(kHostSettingsKeys);
  map.require("settings").integer(kHostSettingsSchemaVersion, kHostSettingsSchemaVersion);
  if (auto value = map.find("plugin_dirs")) {
    for (const YamlValue& item : value->list()) {
      if (item.text().empty()) throw item.wrong("a path");
      settings.plugin_dirs.push_back((settings.file.parent_path() / item.text()).lexically_normal());
    }
  }
  read_names(map, settings);
  if (auto value = map.find("trial")) {
    const YamlMap trial = value->map(kTrialKeys);
    if (auto enabled = trial.find("enabled")) settings.trial.enabled = enabled->boolean();
    if (auto seconds = trial.find("seconds")) settings.trial.seconds = seconds->integer(1, kMostTrialSeconds);
  }
  return settings;
}

HostSettings find_host_settings(const std::optional<fs::path>& flag) {
  if (flag) return load_host_settings(*flag);
  fs::path file = environment("MODELHOST_SETTINGS");
  if (file.empty()) {
    file = settings_of_user();
    std::error_code problem;
    if (file.empty() || !fs::exists(file, problem)) return {};
  }
  check_not_world_writable(fs::absolute(file).lexically_normal());
  return load_host_settings(file);
}

}  // namespace modelhost::host
