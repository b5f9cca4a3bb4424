#include "modelhost/host/host.h"

#include "modelhost/base/error_codes.h"
#include "modelhost/plugin/abi_check.h"

namespace modelhost::host {
namespace {

HostSettings settings_of(const HostOptions& options) {
  return options.settings ? *options.settings : find_host_settings(options.settings_file);
}

SearchPath search_path_of(const HostOptions& options, const HostSettings& settings) {
  std::vector<std::filesystem::path> directories = options.settings_plugin_dirs;
  directories.insert(directories.end(), settings.plugin_dirs.begin(), settings.plugin_dirs.end());
  return default_search_path(options.plugin_dirs, directories);
}

// The path that a source names, which must exist.
std::filesystem::path existing(const ModelSource& source) {
  std::filesystem::path path = source.local();
  std::error_code status;
  if (std::filesystem::exists(path, status)) return path;
  throw Error(codes::kNoSuchDirectory, "the model directory does not exist").file(path.string());
}

}  // namespace

Host::Host(HostOptions options) : options_(std::move(options)) {
  check_torch_runtime();
  HostSettings settings = settings_of(options_);
  SearchPath path = search_path_of(options_, settings);
  plugins_ = std::make_unique<PluginManager>(std::move(path), registry_, std::move(settings));
  plugins_->scan();
}

Host::~Host() = default;

ScanChanges Host::rescan() {
  HostSettings settings = settings_of(options_);
  SearchPath path = search_path_of(options_, settings);
  return plugins_->rescan(std::move(path), std::move(settings));
}

const ModelSpec& Host::find_model(const ModelSource& source, const ModelOptions& options) {
  return find_model(config_json_of(existing(source), options.load), options);
}

const ModelSpec& Host::find_model(ConfigJson config, const ModelOptions& options) {
  if (options.base_model) config.object.erase("architectures");
  return plugins_->require_spec(config.object, config.file, options.architecture);
}

PretrainedFiles Host::open_files(const ModelSource& source, const ModelOptions& options) {
  return PretrainedFiles(existing(source), options.load);
}

LoadedModel Host::load_model(const ModelSource& source, const ModelOptions& options) {
  const PretrainedFiles files = open_files(source, options);
  return from_pretrained(find_model(files.config(), options), files, options.load);
}

std::shared_ptr<PreTrainedModel> Host::make_model(const Json& config, const ModelOptions& options) {
  FromPretrainedOptions load = options.load;
  load.config = config;
  return from_config(find_model(ConfigJson{config, "the given config"}, options), load);
}

SentenceEmbedder Host::load_embedder(const ModelSource& source, const EmbedderOptions& options) {
  LoadedModel loaded = load_model(source, {.architecture = options.architecture,
                                           .base_model = !options.architecture.has_value(),
                                           .load = options.load});
  return SentenceEmbedder::from_pretrained(std::move(loaded), source.directory(), options);
}

}  // namespace modelhost::host
