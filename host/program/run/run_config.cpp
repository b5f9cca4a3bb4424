#include "run_config.h"

#include "modelhost/host/error_codes.h"
#include "modelhost/host/yaml/yaml_reader.h"
#include "option_table.h"
#include "run_config_keys.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

// Options that every task has.
using CommonRow = OptionRow<RunConfig>;
constexpr auto kCommonOptions = std::to_array<CommonRow>({
    {"threads", [](const YamlValue& value, RunConfig& c) { c.threads = value.integer(0, kMostThreads); }},
    {"dtype", [](const YamlValue& value,
                 RunConfig& c) { c.load.dtype = model_dtype_from_name(value.choice(kDtypes)); }},
    {"attention",
     [](const YamlValue& value, RunConfig& c) {
       c.load.attn_implementation = attention_from_name(value.choice(kAttentions));
     }},
    {"device",
     [](const YamlValue& value, RunConfig& c) { c.load.device = device_from_name(value.choice(kDevices)); }},
    {"variant", [](const YamlValue& value, RunConfig& c) { c.load.variant = value.text(); }},
    {"read_mode", [](const YamlValue& value,
                     RunConfig& c) { c.load.read_mode = *read_mode_from_name(value.choice(kReadModes)); }},
});

fs::path absolute_in(const fs::path& base, const YamlValue& value) {
  const std::string text = value.text();
  if (text.empty()) throw value.wrong("a path");
  return (base / text).lexically_normal();
}

// The task's own keys and those of every task, in one map.
void read_options(const YamlValue& value, const TaskKind& kind, RunConfig& config) {
  const auto common = keys_of(kCommonOptions);
  std::vector<std::string_view> keys(common.begin(), common.end());
  keys.insert(keys.end(), kind.option_keys.begin(), kind.option_keys.end());
  const YamlMap map = value.map(keys);
  read_options(map, kCommonOptions, config);
  config.task->read_options(map);
}

RunInput read_input(const YamlMap& map, const fs::path& base) {
  RunInput input;
  if (auto value = map.find("texts")) input.texts = value->texts();
  if (auto value = map.find("file")) {
    if (map.find("texts"))
      throw value->unusable("an input is either texts or a file").fix("remove one of the two");
    input.file = value->text() == "-" ? fs::path("-") : absolute_in(base, *value);
  }
  return input;
}

RunOutput read_output(const YamlMap& map, const fs::path& base, const TaskKind& kind) {
  RunOutput output{std::string(kind.formats.front()), {}};
  if (auto value = map.find("path")) output.path = absolute_in(base, *value);
  if (auto value = map.find("format")) output.format = value->choice(kind.formats);
  return output;
}

ModelSource source_in(const fs::path& base, const YamlValue& value) {
  const std::string text = value.text();
  if (text.empty()) throw value.wrong("a path");
  return ModelSource::in(base, text);
}

RunConfig read_run_config(const YamlNode& root, const fs::path& file,
                          const std::optional<ModelSource>& model) {
  const YamlMap map = YamlValue(root, "", kSettingsYaml).map(kRunKeys);
  map.require("run").integer(kRunSchemaVersion, kRunSchemaVersion);
  const fs::path base = file.parent_path();
  RunConfig config{.file = file, .model = model ? *model : source_in(base, map.require("model"))};
  config.load.attn_implementation = AttentionImplementation::kSdpa;
  config.task_name = map.require("task").text();
  const TaskKind& kind = find_task(config.task_name, file.string());
  config.task = kind.make();
  if (auto value = map.find("architecture")) config.architecture = value->text();
  if (auto value = map.find("plugin_dirs")) {
    for (const YamlValue& item : value->list()) config.plugin_dirs.push_back(absolute_in(base, item));
  }
  if (auto value = map.find("options")) read_options(*value, kind, config);
  if (auto value = map.find("input")) config.input = read_input(value->map(kRunInputKeys), base);
  config.output.format = kind.formats.front();
  if (auto value = map.find("output")) config.output = read_output(value->map(kRunOutputKeys), base, kind);
  return config;
}

// A fault in what `--set` gave is a fault of the command line.
[[noreturn]] void rethrow_as_usage(const Error& error) {
  throw Error(codes::kUsage, error.message())
      .file(error.file())
      .key(error.key())
      .expected(error.expected())
      .got(error.got())
      .fix(error.fix());
}

}  // namespace

RunConfig load_run_config(const fs::path& path, const std::vector<std::string>& overrides,
                          const std::optional<ModelSource>& model) {
  const fs::path file = fs::absolute(path).lexically_normal();
  YamlNode root = parse_yaml_file(path, kSettingsYaml);
  if (root.kind != YamlNode::Kind::kNull)
    YamlValue(root, "", kSettingsYaml).map(kRunKeys);  // the file's own faults first
  try {
    for (const std::string& assignment : overrides) set_yaml_value(root, assignment, kSettingsYaml);
    return read_run_config(root, file, model);
  } catch (const Error& error) {
    if (error.file().starts_with(kSetSource)) rethrow_as_usage(error);
    throw;
  }
}

}  // namespace modelhost::host
