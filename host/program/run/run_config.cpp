#include "run_config.h"

#include "modelhost/host/error_codes.h"
#include "modelhost/host/yaml/yaml_reader.h"
#include "run_config_keys.h"

namespace modelhost::host {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMost = 1 << 20;  // of anything that is counted here

fs::path absolute_in(const fs::path& base, const YamlValue& value) {
  const std::string text = value.text();
  if (text.empty()) throw value.wrong("a path");
  return (base / text).lexically_normal();
}

RunOptions read_options(const YamlMap& map) {
  RunOptions options;
  if (auto value = map.find("batch_size")) options.batch_size = value->integer(1, kMost);
  if (auto value = map.find("threads")) options.threads = value->integer(0, 4096);
  if (auto value = map.find("dtype")) options.dtype = value->choice(kDtypes);
  if (auto value = map.find("attention")) options.attention = value->choice(kAttentions);
  if (auto value = map.find("device")) options.device = value->choice(kDevices);
  if (auto value = map.find("variant")) options.variant = value->text();
  if (auto value = map.find("read_mode")) options.read_mode = *read_mode_from_name(value->choice(kReadModes));
  if (auto value = map.find("max_length")) options.max_length = value->integer(1, kMost);
  if (auto value = map.find("normalize")) options.normalize = value->boolean();
  if (auto value = map.find("pooling")) options.pooling = value->choice(kPoolings);
  return options;
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

RunOutput read_output(const YamlMap& map, const fs::path& base) {
  RunOutput output;
  if (auto value = map.find("path")) output.path = absolute_in(base, *value);
  if (auto value = map.find("format")) output.format = value->choice(kFormats);
  return output;
}

RunConfig read_run_config(const YamlNode& root, const fs::path& file, const std::optional<fs::path>& model) {
  const YamlMap map = YamlValue(root, "", kSettingsYaml).map(kRunKeys);
  map.require("run").integer(kRunSchemaVersion, kRunSchemaVersion);
  RunConfig config;
  config.file = file;
  const fs::path base = file.parent_path();
  config.model = model ? fs::absolute(*model).lexically_normal() : absolute_in(base, map.require("model"));
  config.task = map.require("task").text();
  if (auto value = map.find("architecture")) config.architecture = value->text();
  if (auto value = map.find("plugin_dirs")) {
    for (const YamlValue& item : value->list()) config.plugin_dirs.push_back(absolute_in(base, item));
  }
  if (auto value = map.find("options")) config.options = read_options(value->map(kRunOptionKeys));
  if (auto value = map.find("input")) config.input = read_input(value->map(kRunInputKeys), base);
  if (auto value = map.find("output")) config.output = read_output(value->map(kRunOutputKeys), base);
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
                          const std::optional<fs::path>& model) {
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
