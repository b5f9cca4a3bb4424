#include "modelhost/host/host.h"

#include <algorithm>

#include "modelhost/base/error_codes.h"
#include "modelhost/host/loader/plugin_manager.h"
#include "modelhost/plugin/abi_check.h"

namespace modelhost::host {

Host::Host(HostOptions options)
    : plugins_(std::make_unique<PluginManager>(
          default_search_path(options.plugin_dirs, options.settings_plugin_dirs), registry_)) {
  check_torch_runtime();
  plugins_->scan();
}

Host::~Host() = default;

const ModelSpec& Host::find_model(const std::filesystem::path& model_dir, const ModelOptions& options) {
  std::error_code status;
  if (!std::filesystem::exists(model_dir, status)) {
    throw Error(codes::kNoSuchDirectory, "the model directory does not exist").file(model_dir.string());
  }
  ConfigJson config = config_json_of(model_dir, options);
  if (options.base_model) config.object.erase("architectures");
  return plugins_->require_spec(config.object, config.file, options.architecture);
}

LoadedModel Host::load_model(const std::filesystem::path& model_dir, const ModelOptions& options) {
  return from_pretrained(find_model(model_dir, options), model_dir, options);
}

SentenceEmbedder Host::load_embedder(const std::filesystem::path& model_dir, const EmbedderOptions& options) {
  EmbedderOptions chosen = options;
  chosen.base_model = !options.architecture.has_value();
  LoadedModel loaded = load_model(model_dir, chosen);
  SentenceConfig config = read_sentence_config(model_dir);
  if (options.pooling) config.pooling = {*options.pooling};
  if (options.normalize) config.normalize = *options.normalize;
  if (options.max_length) config.max_seq_length = *options.max_length;
  return SentenceEmbedder(std::move(loaded), Tokenizer::from_pretrained(model_dir), std::move(config));
}

}  // namespace modelhost::host
